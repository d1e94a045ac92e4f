/** The answer of a procedure that only does something. */
export async function done(work: Promise<unknown>): Promise<{ done: true }> {
  await work;
  return { done: true };
}
