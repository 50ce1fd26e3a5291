/** The PLC's own alarms as conditions (OPC 10000-9): it decides that they are active, a client may acknowledge them. */
import { ALARM_WORD, STATUS } from "@cellhouse/shared";
import {
  type Namespace,
  type StatusCode,
  StatusCodes,
  type UAAlarmConditionEx,
  type UAMethod,
  type UAObject,
  type UAVariable,
} from "node-opcua";
import type { Plc } from "../../contracts.ts";
import { forbid } from "./roles.ts";
import { nodePath } from "./variables.ts";

interface Definition {
  name: string;
  /** The word that shows it, and its bits there. */
  tag: string;
  bits: number;
  /** 1 to 4, as the supervisor's own alarms count it. */
  priority: 1 | 2 | 3 | 4;
  message: string;
}

const ALL_BITS = 0xffffffff;

const CONDITIONS: readonly Definition[] = [
  { name: "AnodeEffect", tag: "YS-901", bits: STATUS.anodeEffect, priority: 1, message: "Anode effect" },
  { name: "Interlock", tag: "YS-903", bits: ALL_BITS, priority: 1, message: "Interlock" },
  { name: "FeederJam", tag: "YS-902", bits: ALARM_WORD.feedJam, priority: 2, message: "Feeder jammed" },
  { name: "FeederDrive", tag: "YS-902", bits: ALARM_WORD.feedDrive, priority: 2, message: "Feeder drive faulted" },
  { name: "FeederBridge", tag: "YS-902", bits: ALARM_WORD.feedBridge, priority: 2, message: "Oxide bridges in the hopper" },
  { name: "SensorBad", tag: "YS-902", bits: ALARM_WORD.sensorBad, priority: 3, message: "Bath temperature sensor bad" },
  { name: "EffectStandby", tag: "YS-902", bits: ALARM_WORD.effectStandby, priority: 1, message: "Anode effect not ended, cell in standby" },
  { name: "HeartbeatLate", tag: "YS-902", bits: ALARM_WORD.heartbeatLate, priority: 3, message: "Supervisor's heartbeat late" },
  { name: "FeedCap", tag: "YS-902", bits: ALARM_WORD.feedCap, priority: 4, message: "Feed held back by its cap" },
  { name: "HopperLow", tag: "YS-902", bits: ALARM_WORD.hopperLow, priority: 4, message: "Feed hopper low" },
];

/** Severity 1 to 1000 by priority. */
const SEVERITY = { 1: 900, 2: 700, 3: 500, 4: 200 } as const;

interface Condition {
  readonly definition: Definition;
  /** Index of its word among the PLC's tags. */
  readonly index: number;
  node: UAAlarmConditionEx | undefined;
  active: boolean;
  message: string;
}

/**
 * The conditions of one cell. A condition has some 60 nodes, so it gets them when it is first active: until then there is nothing about
 * it that a client could be told or could acknowledge.
 */
export class PlcConditions {
  readonly #plc: Plc;
  readonly #cell: UAObject;
  readonly #variables: readonly UAVariable[];
  readonly #conditions: readonly Condition[];

  constructor(plc: Plc, cell: UAObject, variables: readonly UAVariable[]) {
    this.#plc = plc;
    this.#cell = cell;
    this.#variables = variables;
    this.#conditions = CONDITIONS.map((definition) => {
      const index = plc.definitions.findIndex(({ name }) => name === definition.tag);
      return { definition, index, node: undefined, active: false, message: "" };
    });
  }

  /** Tells what has changed since the last call; `value` are the words as they were last reported. */
  evaluate(value: Float64Array, now: number): void {
    for (const condition of this.#conditions) {
      const word = value[condition.index] as number;
      const active = ((word >>> 0) & condition.definition.bits) !== 0;
      if (active !== condition.active) this.#turn(condition, word, now);
    }
  }

  /** The PLC has left the network or is back: what was last known of its alarms may or may not be believed. */
  link(offline: boolean, now: number): void {
    const quality = offline ? StatusCodes.BadCommunicationError : StatusCodes.Good;
    for (const condition of this.#conditions)
      if (condition.node?.currentBranch().getRetain() === true) tell(condition.node, condition, quality, now);
  }

  #turn(condition: Condition, word: number, now: number): void {
    condition.active = !condition.active;
    condition.node ??= this.#instantiate(condition);
    const { node, active, definition } = condition;
    if (active) node.activateAlarm();
    else node.deactivateAlarm(!node.currentBranch().getAckedState());
    const code = definition.bits === ALL_BITS && active ? ` I-${word}` : "";
    condition.message = `${this.#plc.home.id}: ${definition.message}${code}${active ? "" : ", over"}`;
    tell(node, condition, StatusCodes.Good, now);
  }

  #instantiate({ definition: { name, message }, index }: Condition): UAAlarmConditionEx {
    const namespace = this.#cell.namespace as Namespace;
    const node = namespace.instantiateAlarmCondition("OffNormalAlarmType", {
      browseName: name,
      nodeId: `s=${nodePath(this.#plc)}.${name}`,
      componentOf: this.#cell,
      conditionSource: this.#cell,
      conditionName: name,
      description: message,
      // By id, so that the library does not judge the word itself: it knows no bits.
      inputNode: (this.#variables[index] as UAVariable).nodeId,
    });
    node.currentBranch().setAckedState(true);
    for (const method of [node.enable, node.disable] as UAMethod[]) forbid(method);
    node.on("acknowledged", () => keepWhileActive(node));
    return node;
  }
}

function tell(node: UAAlarmConditionEx, { definition, message }: Condition, quality: StatusCode, now: number): void {
  const time = new Date(now);
  node.raiseNewCondition({ message, severity: SEVERITY[definition.priority], quality, time, receiveTime: time });
}

/** The library lets go of whatever is acknowledged; what is still active stays of interest to who asks for a refresh. */
function keepWhileActive(node: UAAlarmConditionEx): void {
  const branch = node.currentBranch();
  if (!branch.getActiveState()) return;
  branch.setRetain(true);
  node.raiseConditionEvent(branch, true);
}
