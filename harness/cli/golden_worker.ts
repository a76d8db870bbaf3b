/**
 * A worker that takes its share of many goldens.
 *
 * @module
 */
import { joinIn, type Share, type Work } from "./golden_share.ts";

/** The parts of a worker's global scope that are used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Work>) => void) | null;
  postMessage(message: Share): void;
}

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data }) => scope.postMessage(joinIn(data));
