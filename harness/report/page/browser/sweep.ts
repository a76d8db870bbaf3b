/**
 * placeholder
 *
 * @module
 */
/// <reference lib="dom" />

export function placeholder(): void {}
