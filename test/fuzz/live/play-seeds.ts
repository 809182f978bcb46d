/** Which scenarios are played, one seed after the other. */
export interface SeedPlan<Scenario> {
  readonly firstSeed: number;
  /** At most so many. */
  readonly runs: number;
  /** None is begun after so long; null for no such end. */
  readonly minutes: number | null;
  readonly atOnce: number;
  readonly scenarioOf: (seed: number) => Scenario;
  readonly play: (scenario: Scenario) => Promise<void>;
  /** What was asked, for whoever repeats it. */
  readonly describe: (scenario: Scenario) => string;
}

/** Plays scenarios until one fails: how many were begun, and of each that failed what is wrong and how to repeat it. */
export async function playSeeds<Scenario>(plan: SeedPlan<Scenario>): Promise<{ begun: number; wrong: string[] }> {
  const until = plan.minutes === null ? Number.POSITIVE_INFINITY : performance.now() + plan.minutes * 60_000;
  const wrong: string[] = [];
  let begun = 0;
  const playNext = async () => {
    while (wrong.length === 0 && begun < plan.runs && performance.now() < until) {
      const seed = plan.firstSeed + begun;
      begun += 1;
      const scenario = plan.scenarioOf(seed);
      await plan.play(scenario).catch((error: unknown) => {
        const what = error instanceof Error ? error.stack : String(error);
        wrong.push(`${what}\nTo repeat it: FUZZ_SEED=${seed} FUZZ_RUNS=1. What was asked:\n${plan.describe(scenario)}`);
      });
    }
  };
  await Promise.all(Array.from({ length: plan.atOnce }, playNext));
  return { begun, wrong };
}

/** Of minima that hold for ten runs, those for `begun`. */
export function minimaFor(begun: number, minimaOfTen: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(minimaOfTen).map(([what, minimum]) => [what, Math.floor((minimum * begun) / 10)]));
}
