// What both programs share: where the service is, and how they wait.

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

export const api = setting('API');
export const key = setting('KEY');
export const target = setting('TARGET');
// Its receiver answers 503 to events of this type, and 200 to all others.
export const receiver = setting('RECEIVER');
export const refused = 'scan_failed';

const patienceMs = 60_000;

// Asks until there is something.
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('this takes too long');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// The position in the path of the following page.
export function positionIn(next: string): string {
  const after = new URL(next, api).searchParams.get('after');
  if (after === null) throw new Error(`no position in ${next}`);
  return after;
}
