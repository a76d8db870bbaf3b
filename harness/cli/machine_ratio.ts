/**
 * What a machine gives two busy loops that share nothing: the yardstick for what two of anything else can be.
 *
 * @module
 */

const LOOP = `
int main(void) {
  volatile unsigned x = 1;
  for (unsigned i = 0; i < 400000000u; i++) x = x * 1664525u + 1013904223u;
  return x == 0;
}
`;

/** How often two such loops are done in the time of one: 2 at best; `undefined` without a C compiler. */
export async function machineRatio(): Promise<number | undefined> {
  const folder = await Deno.makeTempDir();
  try {
    const program = `${folder}/loop`;
    await Deno.writeTextFile(`${program}.c`, LOOP);
    const { success } = await new Deno.Command("cc", { args: ["-O1", "-o", program, `${program}.c`] })
      .output();
    if (!success) return undefined;
    const one = await timeOf(program, 1);
    const two = await timeOf(program, 2);
    return 2 * one / two;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Milliseconds until so many at a time have ended. */
async function timeOf(program: string, count: number): Promise<number> {
  const from = performance.now();
  await Promise.all(Array.from({ length: count }, () => new Deno.Command(program).output()));
  return performance.now() - from;
}
