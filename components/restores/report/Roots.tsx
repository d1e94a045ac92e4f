import { hashGroups } from "./report-words";

/** Both roots one above the other, group by group. */
export function Roots({ wanted, readBack }: { wanted: string; readBack: string }) {
  const [above, below] = [hashGroups(wanted), hashGroups(readBack)];
  return (
    <section className="sec" aria-labelledby="roots">
      <div className="sec-h">
        <h2 id="roots">Root of the whole data</h2>
        <span className="push">HMAC-SHA-256 over all documents in order of _id, per collection</span>
      </div>
      <div className="roots" tabIndex={0} role="region" aria-label="Both roots">
        <table>
          <tbody>
            <tr>
              <th scope="row">Wanted</th>
              {above.map((group, index) => (
                <td key={index}>{group}</td>
              ))}
            </tr>
            <tr className="eq" aria-hidden="true">
              <td />
              {above.map((group, index) => (
                <td key={index}>{group === below[index] ? "=" : "≠"}</td>
              ))}
            </tr>
            <tr>
              <th scope="row">Read back</th>
              {below.map((group, index) => (
                <td key={index}>{group}</td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}
