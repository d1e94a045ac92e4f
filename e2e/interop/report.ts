/** Counts results and prints each as it comes: "ok", "not ok" or "skip", the program, the check. */
export class Report {
  passed = 0;
  failed = 0;
  readonly skipped: { program: string; reason: string }[] = [];

  pass(program: string, name: string): void {
    this.passed++;
    print(`ok      ${program}: ${name}`);
  }

  fail(program: string, name: string, reason: string): void {
    this.failed++;
    print(`not ok  ${program}: ${name}\n        ${reason.replaceAll("\n", "\n        ")}`);
  }

  skip(program: string, reason: string): void {
    this.skipped.push({ program, reason });
    print(`skip    ${program}: ${reason}`);
  }

  /** Runs one check; what it throws is the reason it failed. */
  async check(program: string, name: string, body: () => Promise<void>): Promise<boolean> {
    try {
      await body();
      this.pass(program, name);
      return true;
    } catch (error) {
      this.fail(program, name, error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** Takes over the lines "ok NAME" and "not ok NAME # REASON" of a program; one that printed none has failed. */
  adopt(program: string, output: { stdout: string; stderr: string; status: number | null }): void {
    let results = 0;
    let failures = 0;
    for (const line of output.stdout.split("\n")) {
      const match = /^(not )?ok (.*?)(?: # (.*))?$/.exec(line.trimEnd());
      if (!match) continue;
      results++;
      if (!match[1]) this.pass(program, match[2]!);
      else {
        failures++;
        this.fail(program, match[2]!, match[3] ?? "no reason given");
      }
    }
    if (results === 0 || (output.status !== 0 && failures === 0)) {
      this.fail(program, "runs to its end", `status ${output.status}\n${tail(output.stderr + output.stdout)}`);
    }
  }

  /** The closing lines: what was skipped and why, then the count. True when nothing failed. */
  close(): boolean {
    for (const { program, reason } of this.skipped) print(`skipped ${program}: ${reason}`);
    print(`${this.passed} passed, ${this.failed} failed, ${this.skipped.length} skipped`);
    return this.failed === 0;
  }
}

/** The end of a program's output. */
export function tail(text: string, lines = 20): string {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
