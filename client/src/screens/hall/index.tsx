/** Level 1: the whole hall at a glance. No control here. */
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { useInterest, usePlant } from "../../live/hooks.ts";
import { HallMap } from "./map/hall-map.tsx";
import "./hall.css";
import { metricOf } from "./map/tone.ts";
import { placesOf } from "./places.ts";
import { Strip } from "./strip/strip.tsx";
import { WorstTen } from "./worst-ten.tsx";

export default function Hall() {
  const plant = usePlant();
  useInterest({ hall: true });
  const places = useMemo(() => placesOf(plant), [plant]);
  const metric = metricOf(useSearchParams()[0].get("by"));
  return (
    <div className="hall">
      <Strip places={places} />
      <HallMap places={places} metric={metric} />
      <WorstTen places={places} />
    </div>
  );
}
