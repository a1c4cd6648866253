/**
 * An answer of the agent, or why there is none: a sentence. `isMissing`: the agent has no such
 * document (404).
 */
export type AgentAnswer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: string; readonly isMissing: boolean };

/**
 * Fetches a JSON document. The error is the text that the agent answered, if any. Never throws.
 */
export async function fetchAnswer<Value>(
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<AgentAnswer<Value>> {
  try {
    const response = await fetch(`${path}?${new URLSearchParams(query)}`, {
      credentials: 'same-origin',
      cache: 'no-store',
    });
    if (!response.ok)
      return {
        ok: false,
        error: (await response.text()).trim() || `the agent answered ${response.status}`,
        isMissing: response.status === 404,
      };
    const value: Value = await response.json();
    return { ok: true, value };
  } catch {
    return { ok: false, error: 'the agent does not answer', isMissing: false };
  }
}
