/** The supervisor's heartbeat: counts YC-906 of every cell up once a second, so that the PLC knows it is not alone. */
import { Quality, tagOf } from "@cellhouse/shared";
import type { ControllerKind } from "./controller.ts";

/** A cell without liveness gets none: nothing is written towards a link that is down. */
export const heartbeat: ControllerKind = ({ plant, model, door }) => {
  const beats = plant.cells.map((cell) => ({ owner: cell.id, tag: tagOf(cell, "YC-906").id }));
  let count = 0;
  return {
    period: 1000,
    tick() {
      count = (count + 1) >>> 0;
      for (const { owner, tag } of beats) if (model.liveness(owner) !== Quality.Bad) door.pulse(tag, count);
    },
  };
};
