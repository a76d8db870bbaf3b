/**
 * Reads what the user named: a file, compressed or not, or standard input; as a stream, so that memory stays flat.
 *
 * @module
 */
import { joinBytes } from "../base/mod.ts";
import { isPacked, unpack } from "../trace/mod.ts";
import { CommandError, type Io } from "./command.ts";
import { collectGarbage } from "./memory.ts";

/** Text files (scenarios, recordings' JSON) are read whole; past this they are refused. */
const TEXT_BYTES_MAX = 256 << 20;
/** How much of a trace is looked at to tell what it is. */
export const HEAD_BYTES = 1 << 18;

const NEWLINE = 10;

/** Something to read, after decompression. */
export interface Input {
  /** What to call it in messages. */
  readonly name: string;
  /** The first bytes: all of a short input, {@linkcode HEAD_BYTES} or a little more of a longer one. */
  readonly head: Uint8Array;
  /** All bytes, the head included. Can be read once; a chunk is valid until the next one. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A system's error as the end of a sentence. */
export function describeError(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof Deno.errors.NotADirectory) return "part of its path is no folder";
  if (error instanceof Deno.errors.PermissionDenied) return "reading it is not permitted";
  if (error instanceof Deno.errors.NotCapable) return "Deno was not given the permission";
  const { message } = (error ?? {}) as { message?: unknown };
  return String(message ?? error).replace(/\.$/, "");
}

/** What kind of thing stands at a path. */
export function kindOf(path: string): "file" | "folder" | "nothing" {
  try {
    return Deno.statSync(path).isDirectory ? "folder" : "file";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "nothing";
    throw new CommandError(`Cannot read ${path}: ${describeError(error)}`);
  }
}

/** Whether a path is a file that can be read as often as one likes, and no pipe or terminal. */
export function isRegularFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * Opens an input; `-` is standard input. Compression is told from the first bytes, not from the name.
 *
 * @throws {CommandError} If it cannot be read or is empty.
 */
export async function openInput(path: string, io: Io): Promise<Input> {
  const name = path === "-" ? "standard input" : path;
  const raw = path === "-" ? io.stdin() : fileChunks(path);
  const packed = await peek(raw, 4, name);
  const plain = isPacked(packed.head) ? placed(unpack(packed.head, packed.chunks), name) : packed.chunks;
  const input = await peek(plain, HEAD_BYTES, name);
  if (input.head.length === 0) throw new CommandError(`Cannot read ${name}: the file is empty`);
  return input;
}

/**
 * Reads a whole file.
 *
 * @throws {CommandError} If it cannot be read, is empty or too large.
 */
export async function readBytes(path: string, io: Io): Promise<Uint8Array> {
  const { name, chunks } = await openInput(path, io);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > TEXT_BYTES_MAX) {
      throw new CommandError(`Cannot read ${name}: it has more than ${TEXT_BYTES_MAX} bytes`);
    }
    parts.push(chunk.slice());
  }
  return joinBytes(parts);
}

/**
 * Reads a whole text.
 *
 * @throws {CommandError} If it cannot be read, is empty or too large.
 */
export async function readText(path: string, io: Io): Promise<string> {
  return new TextDecoder().decode(await readBytes(path, io));
}

/** Says where in the text its compressed form cannot be read on. */
async function* placed(plain: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let line = 1;
  let column = 1;
  try {
    for await (const chunk of plain) {
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) line++;
      const last = chunk.lastIndexOf(NEWLINE);
      column = last === -1 ? column + chunk.length : chunk.length - last;
      yield chunk;
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${name}:${line}:${column}: Cannot read on: ${describeError(error)}`);
  }
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path);
  if ((await file.stat()).isDirectory) throw new Deno.errors.IsADirectory(path);
  yield* chunksOf(file);
}

/**
 * What a file or a pipe holds, in chunks that are valid until the next one: thousands of buffers that nobody needs any
 * more would stand in memory until the collector comes, which looks at its own heap alone.
 */
export async function* chunksOf(
  file: { read(buffer: Uint8Array): Promise<number | null> },
): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(1 << 16);
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    yield buffer.subarray(0, count);
  }
}

/** Bytes after which the memory of a long input is swept. */
const SWEEP_BYTES = 256 << 20;

/**
 * The same chunks, and now and then a sweep: what is left of each migration of a long log grows old before it dies, and
 * V8 lets such garbage grow to a hundred megabytes before it looks.
 */
export async function* collected(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    if (bytes < SWEEP_BYTES) continue;
    collectGarbage();
    bytes = 0;
  }
}

/** Closes an input that is not read to its end. */
export async function letGo(chunks: AsyncIterable<Uint8Array> | undefined): Promise<void> {
  const iterator = chunks?.[Symbol.asyncIterator]();
  // What was not begun holds what is under it open.
  await iterator?.next();
  await iterator?.return?.();
}

/** Reads the first bytes and gives them back in front of the rest. */
async function peek(source: AsyncIterable<Uint8Array>, size: number, name: string): Promise<Input> {
  const iterator = source[Symbol.asyncIterator]();
  const next = async () => {
    try {
      return await iterator.next();
    } catch (error) {
      throw error instanceof CommandError
        ? error
        : new CommandError(`Cannot read ${name}: ${describeError(error)}`);
    }
  };
  const parts: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  while (length < size && !ended) {
    const { done, value } = await next();
    if (done === true) ended = true;
    else {
      parts.push(value.slice());
      length += value.length;
    }
  }
  const head = joinBytes(parts);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      while (!ended) {
        const { done, value } = await next();
        if (done === true) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { name, head, chunks: chunks() };
}
