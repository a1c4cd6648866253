/** A user for a person to read, by name and number: `deploy (uid 1001)`, or `uid 1001`. */
export function userText(uid: number, name: string | null): string {
  return name === null ? `uid ${uid}` : `${name} (uid ${uid})`;
}
