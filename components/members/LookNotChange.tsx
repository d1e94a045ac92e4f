import { listWords } from "@/components/format/numbers";
import { Notice } from "@/components/ui/Notice";
import type { Allowed } from "@/server/domain/common/schema";

/** Above a list that the reader cannot change: which role it needs, and who has it. */
export function LookNotChange({ can, where }: { can: Allowed; where: string }) {
  if (can.allowed) return null;
  return (
    <Notice icon="lock">
      <b>You can look, not change.</b>{" "}
      {can.needs ? (
        <>
          Adding people and changing roles needs <b>{can.needs}</b>.{" "}
          {can.whoHas.length > 0
            ? `In ${where} ${can.whoHas.length === 1 ? "that is" : "these are"} ${listWords(can.whoHas)}.`
            : `Nobody in ${where} has it.`}
        </>
      ) : (
        can.reason
      )}
    </Notice>
  );
}
