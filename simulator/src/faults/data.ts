/** Faults of the data between the PLC's image and the publishers: the cell and its control know nothing of them. */
import { STRUCK_TAGS } from "@cellhouse/shared";
import { tamper } from "./kind.ts";

const struck = (place: number): string => STRUCK_TAGS[place] ?? "";

export const stuckValue = tamper((t, { tag = 0 }) => {
  t.stick(struck(tag));
});

export const badQuality = tamper((t, { tag = 0 }) => {
  for (const name of tag === 0 ? STRUCK_TAGS : [struck(tag - 1)]) t.spoil(name); // the first choice is all of them
});

export const spike = tamper((t, { tag = 0, size = 0, every = 1 }) => {
  t.spikes.push({ tag: t.index(struck(tag)), size: size / 100, every });
});

export const clockSkew = tamper((t, { offset = 0, drift = 0 }) => {
  t.offset += offset * 1000;
  t.drift += drift;
});

export const duplicate = tamper((t, { share = 0 }) => {
  t.share = Math.max(t.share, share / 100);
});

export const late = tamper((t, { delay = 0 }) => {
  t.late += delay * 1000;
});

export const outOfOrder = tamper((t, { share = 0, delay = 0 }) => {
  t.shuffle = Math.max(t.shuffle, share / 100);
  t.shuffleMs = Math.max(t.shuffleMs, delay * 1000);
});
