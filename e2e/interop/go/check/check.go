// Package check prints the result of each check on a line of its own, as the interop runner reads them:
//
//	ok NAME
//	not ok NAME # REASON
package check

import (
	"fmt"
	"os"
	"strings"
)

var failed bool

// That runs one check; an error or a panic fails it.
func That(name string, body func() error) {
	err := func() (err error) {
		defer func() {
			if cause := recover(); cause != nil {
				err = fmt.Errorf("panic: %v", cause)
			}
		}()
		return body()
	}()
	if err == nil {
		fmt.Println("ok " + name)
		return
	}
	failed = true
	fmt.Printf("not ok %s # %s\n", name, strings.ReplaceAll(err.Error(), "\n", " "))
}

// Equal is an error unless both print alike.
func Equal(what string, got, want any) error {
	if fmt.Sprint(got) == fmt.Sprint(want) {
		return nil
	}
	return fmt.Errorf("%s: got %v, want %v", what, got, want)
}

// First is the first error of several, or nil.
func First(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Done ends the program: status 1 where a check failed.
func Done() {
	if failed {
		os.Exit(1)
	}
}
