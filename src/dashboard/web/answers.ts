/** An answer of the agent, or why there is none. */
export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: string };

/** Asks the agent. A refusal's own words are its text. Never throws. */
export async function fetchAnswer<Value>(
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<Answer<Value>> {
  try {
    const response = await fetch(`${path}?${new URLSearchParams(query)}`, {
      credentials: 'same-origin',
      cache: 'no-store',
    });
    if (!response.ok)
      return { ok: false, error: (await response.text()).trim() || `the agent answered ${response.status}` };
    const value: Value = await response.json();
    return { ok: true, value };
  } catch {
    return { ok: false, error: 'the agent does not answer' };
  }
}
