/**
 * A campaign over the counting worker as a process of its own, to be killed: `counting_campaign.ts FOLDER RUNS`.
 *
 * @module
 */
import { runCampaign } from "../campaign.ts";
import { CampaignStore } from "../campaign_store.ts";

const [folder = "", runs = "0"] = Deno.args;
const plan = {
  seed: 1,
  runs: Number(runs),
  targets: ["counting"],
  cases: { counting: Number(runs) },
  guided: false,
  shard: 0,
  shards: 1,
};
const store = await CampaignStore.open(folder, plan, () => {});
const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort());
const end = await runCampaign(plan, store, {
  workers: 2,
  worker: new URL("counting_worker.ts", import.meta.url),
  stop: stop.signal,
  onReport: () => {},
});
store.close();
Deno.exit(end.interrupted ? 75 : 0);
