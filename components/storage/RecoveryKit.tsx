import { PageHead } from "@/components/ui/PageHead";
import { PrintButton } from "@/components/ui/PrintButton";
import { Section } from "@/components/ui/Section";
import type { RecoveryKitView } from "@/server/domain/repositories/schema";

/** A page for the safe: with it, the storage and the installation key everything can be restored without this portal. */
export function RecoveryKit({ kit }: { kit: RecoveryKitView }) {
  return (
    <article className="report" aria-label="Recovery kit">
      <PageHead
        title="Recovery kit"
        actions={
          <span className="no-print">
            <PrintButton>Print recovery kit</PrintButton>
          </span>
        }
      >
        {kit.organization}. With this page, the storage that it names and the installation key, everything in the
        repository can be restored: without this portal and without its database.
      </PageHead>
      <dl className="panel panel-b kv">
        <dt>Repository</dt>
        <dd className="m wrap">{kit.repositoryId}</dd>
        <dt>Location</dt>
        <dd className="m wrap">{kit.location}</dd>
        <dt>Opened by</dt>
        <dd>
          Installation key <span className="m">{kit.keyId}</span>. This is its id. The key itself is not on this page:
          keep it somewhere else.
        </dd>
      </dl>
      <Section id="needs" title="What it takes">
        <ul className="list panel">
          <li>A machine with Node 20.19 or newer and a copy of Holdfast.</li>
          <li>
            The installation key in a file, KEYFILE below: the text of HOLDFAST_KEY, or the file named key in the
            installation&rsquo;s folder.
          </li>
          {kit.credentials.length > 0 ? (
            <li>
              Credentials of the storage in the environment: <span className="m">{kit.credentials.join(", ")}</span>.
            </li>
          ) : null}
        </ul>
      </Section>
      <Section id="how" title="How to restore">
        <ol className="grid gap-3">
          {kit.commands.map(({ words, command }) => (
            <li key={words}>
              {words}
              <pre className="log panel wrap whitespace-pre-wrap" tabIndex={0} role="region" aria-label={words}>
                {command}
              </pre>
            </li>
          ))}
        </ol>
      </Section>
      <Section id="wrapped" title="The wrapped keys">
        <p className="t2">
          The storage holds them as <span className="m">{kit.envelopeName}</span>. Where that object is lost, put this
          text there under the same name; spaces and line ends do not matter.
        </p>
        <pre className="log panel wrap whitespace-pre-wrap" tabIndex={0} role="region" aria-label="Key envelope">
          {kit.envelope}
        </pre>
      </Section>
    </article>
  );
}
