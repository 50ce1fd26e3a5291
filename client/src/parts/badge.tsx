/** The four priorities: shape, number and colour always together; blinking outline = unacknowledged and nothing else. */
import type { Priority } from "@cellhouse/shared";

/** In a box of 16 x 16; the hall canvas draws the same paths. */
export const SHAPES: Record<Priority, string> = {
  1: "M1.5 1.5H14.5V14.5H1.5Z",
  2: "M8 0.8 15.6 14.8H0.4Z",
  3: "M0.4 1.2H15.6L8 15.2Z",
  4: "M8 0.3 15.7 8 8 15.7 0.3 8Z",
};
/** Where the numeral's baseline stands. */
export const NUMERAL_Y: Record<Priority, number> = { 1: 11.8, 2: 13.2, 3: 9.8, 4: 11.6 };

export function Badge({ priority, unacknowledged = false, size = 16 }: { priority: Priority; unacknowledged?: boolean; size?: number }) {
  return (
    <svg
      className="badge"
      data-p={priority}
      data-unack={unacknowledged}
      width={size}
      height={size}
      viewBox="-2 -2 20 20"
      aria-hidden="true"
    >
      <path className="halo" d={SHAPES[priority]} />
      <path className="shape" d={SHAPES[priority]} />
      <text x="8" y={NUMERAL_Y[priority]} textAnchor="middle" fontSize="10.5" fontWeight="700">
        {priority}
      </text>
    </svg>
  );
}
