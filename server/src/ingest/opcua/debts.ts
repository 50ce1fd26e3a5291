/**
 * What is still to be read of each server's history, as it must survive us: the record's end says nothing of a hole before it,
 * where a server that was killed while it filled the hole had begun to record what came live.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";

const content = z.record(z.string(), z.number());

export class Debts {
  readonly #file: string | undefined;
  readonly #since: Map<string, number>;

  /** A file that is not there or cannot be read is no debt. */
  constructor(file: string | undefined) {
    this.#file = file;
    this.#since = new Map(Object.entries(read(file)));
  }

  /** Since when history of this server is owed, epoch ms. */
  of(url: string): number | undefined {
    return this.#since.get(url);
  }

  owe(url: string, since: number): void {
    if (since >= (this.#since.get(url) ?? Number.POSITIVE_INFINITY)) return;
    this.#since.set(url, since);
    this.#write();
  }

  paid(url: string): void {
    if (this.#since.delete(url)) this.#write();
  }

  /** A disk that refuses costs at most what a second crash in a row would. */
  #write(): void {
    if (this.#file === undefined) return;
    try {
      writeFileSync(`${this.#file}.new`, JSON.stringify(Object.fromEntries(this.#since)));
      renameSync(`${this.#file}.new`, this.#file);
    } catch {
      // the record's own link says that the disk is full
    }
  }
}

function read(file: string | undefined): Record<string, number> {
  try {
    return file === undefined ? {} : content.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return {};
  }
}
