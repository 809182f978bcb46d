/** A failure is made smaller for so long at most. */
const shrinkMs = 60_000;

/**
 * The same failure with fewer operations, as far as it can be found in time.
 * @param play fails as the scenario does
 */
export async function shrinkWith<Operation, Scenario extends { readonly operations: readonly Operation[] }>(
  scenario: Scenario,
  play: (scenario: Scenario) => Promise<void>,
): Promise<{ readonly scenario: Scenario; readonly error: unknown }> {
  const failureOf = async (tried: Scenario): Promise<unknown> => {
    try {
      await play(tried);
      return null;
    } catch (error) {
      return error;
    }
  };
  const until = performance.now() + shrinkMs;
  let smallest = { scenario, error: await failureOf(scenario) };
  for (let size = Math.ceil(scenario.operations.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < smallest.scenario.operations.length && performance.now() < until; ) {
      const tried = { ...scenario, operations: smallest.scenario.operations.toSpliced(from, size) };
      const error = await failureOf(tried);
      if (error === null) from += size;
      else smallest = { scenario: tried, error };
    }
  }
  return smallest;
}
