import Link from "next/link";
import { Notice } from "@/components/ui/Notice";

/** On every page until a one-time password is replaced. */
export function ChooseOwnPassword() {
  return (
    <Notice tone="warn">
      <b>You signed in with a one-time password.</b> Whoever gave it to you knows it.{" "}
      <Link className="link" href="/account">
        Choose your own
      </Link>
    </Notice>
  );
}
