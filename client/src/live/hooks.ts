/** The only place where React meets the live values. */
import type { Capabilities, Plant, Tag } from "@cellhouse/shared";
import { every } from "@cellhouse/shared";
import { createContext, type RefObject, useCallback, useContext, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Interest } from "./interest.ts";
import type { Live } from "./live.ts";
import type { Observable } from "./observable.ts";
import type { Connection } from "./socket.ts";

export const LiveContext = createContext<{ live: Live; connection: Connection } | undefined>(undefined);

function useRoot(): { live: Live; connection: Connection } {
  const root = useContext(LiveContext);
  if (root === undefined) throw new Error("no LiveContext above this component");
  return root;
}

export const useLive = (): Live => useRoot().live;
export const useConnection = (): Connection => useRoot().connection;

export function useObservable<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, observable.get);
}

export const useCapabilities = (): Capabilities => useObservable(useLive().capabilities);

/** The plant; the shell renders screens only when there is one. */
export function usePlant(): Plant {
  const plant = useObservable(useLive().plant);
  if (plant === undefined) throw new Error("a screen was rendered before the plant was known");
  return plant;
}

/** Keeps values coming while the component is there. */
export function useInterest(interest: Interest): void {
  const connection = useConnection();
  const key = JSON.stringify(interest);
  useEffect(() => connection.want(JSON.parse(key) as Interest), [connection, key]);
}

/** Calls `write` with every change of the tag (at most once per frame), and once at the start. For what is written past React. */
export function useTagWriter(tag: Tag | undefined, write: (value: number, quality: number, time: number) => void): void {
  const { store } = useLive();
  const last = useRef(write);
  last.current = write;
  useEffect(() => {
    if (tag === undefined) return;
    const tell = (): void => last.current(store.value[tag.id] as number, store.quality[tag.id] as number, store.time[tag.id] as number);
    tell();
    return store.onTag(tag.id, tell);
  }, [store, tag]);
}

/** The tag's value as React state: for what changes structure (modes, states), not for figures that move each second. */
export function useTagValue(tag: Tag | undefined): number {
  const { store } = useLive();
  const subscribe = useCallback(
    (listener: () => void) => (tag === undefined ? () => undefined : store.onTag(tag.id, listener)),
    [store, tag],
  );
  return useSyncExternalStore(subscribe, () => (tag === undefined ? Number.NaN : (store.value[tag.id] as number)));
}

export function useTagQuality(tag: Tag | undefined): number {
  const { store } = useLive();
  const subscribe = useCallback(
    (listener: () => void) => (tag === undefined ? () => undefined : store.onTag(tag.id, listener)),
    [store, tag],
  );
  return useSyncExternalStore(subscribe, () => (tag === undefined ? 3 : (store.quality[tag.id] as number)));
}

/** The pipe's time, told each `periodMs`. */
export function useNow(periodMs = 1000): number {
  const live = useLive();
  const [now, setNow] = useState(() => live.now());
  useEffect(() => every(live.clock, periodMs, () => setNow(live.now())), [live, periodMs]);
  return now;
}

/** Runs `run` each `periodMs` while the component is there. */
export function useEvery(periodMs: number, run: () => void): void {
  const { clock } = useLive();
  const last = useRef(run);
  last.current = run;
  useEffect(() => every(clock, periodMs, () => last.current()), [clock, periodMs]);
}

/** Width and height of an element, followed. */
export function useSize(ref: RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSize({ width: Math.floor(entry.contentRect.width), height: Math.floor(entry.contentRect.height) });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}

/** The time of what a replay does not take back (links, storage): the server's, or in a replay this machine's, each second. */
export function useServerNow(): number {
  const live = useLive();
  const replay = useObservable(live.replay) !== null;
  const now = useNow();
  return replay ? live.clock.now() : now;
}
