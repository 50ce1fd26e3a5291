/** The interlocks by number: what each is about, and what to do when it acts. English says what it is in the PLC's own words. */
import { INTERLOCK_COUNT, interlockWords } from "@cellhouse/shared/blocks";

interface Words {
  name: string;
  remedy: string;
}

const REMEDIES = [
  "Stand clear. Find out whether the bath is hot or a sensor wrong, then reset",
  "The cell is off. Bring the flow above 8 l/min and the outlet below 65 °C, then reset",
  "The cell is off. Evacuate, no water. Reset only when the shell is cold and inspected",
  "The cell is off. Look for a dropped anode or metal at the anodes, then reset",
  "Stir and feed by hand, then reset. Without a reset the cell is off after 10 min",
  "Leave the place, check fan and damper. Feeding goes on by itself when the draft is back",
  "Rod out or replace the drive. The PLC tries each minute and goes on when the screw runs free",
  "Nothing to do: weighing stands while the hopper is filled",
  "Nothing to do: beam and quench are locked until the work has ended",
  "The cell is off. Find out who pressed it and why, release it, then reset",
  "The cell feeds by its own current. Check the server and its link to the PLC",
  "The demand is held at 90 %. Check the rectifier and the current measurement",
];

const CHINESE: readonly (readonly [name: string, remedy: string])[] = [
  ["熔体过热，或温度未知", "请远离。查明是熔体过热还是传感器故障，然后复位"],
  ["冷却水中断", "该槽已停电。请恢复流量至 8 l/min 以上、出口温度至 65 °C 以下，然后复位"],
  ["槽壳过热", "该槽已停电。请撤离，禁止用水。槽壳冷却并检查后方可复位"],
  ["槽内短路", "该槽已停电。请检查阳极是否脱落、阳极处是否有金属，然后复位"],
  ["电压高于 45 V，或阳极效应不止", "请搅拌并人工加料，然后复位。10 分钟内不复位则停电"],
  ["烟道没有负压", "请离开现场，检查风机和风门。负压恢复后自动继续加料"],
  ["加料电机过载", "请疏通或更换驱动。PLC 每分钟重试一次，螺杆转动后自动继续"],
  ["料斗闸门打开", "无需处理：料斗加料期间暂停称重"],
  ["正在出金属或更换阳极", "无需处理：作业结束前阳极梁和熄灭锁定"],
  ["停止按钮被按下", "该槽已停电。请查明何人为何按下，释放按钮后复位"],
  ["监控系统失联", "该槽按自身电流加料。请检查服务器及其到 PLC 的链路"],
  ["电流高于设定值 10 %", "给定限制在 90 %。请检查整流器和电流测量"],
];

const table = (of: (number: number) => Words): Record<string, Words> =>
  Object.fromEntries(Array.from({ length: INTERLOCK_COUNT }, (_, i) => [i + 1, of(i + 1)]));

export const enInterlocks = table((n) => ({ name: interlockWords(n), remedy: REMEDIES[n - 1] ?? "" }));

export const zhInterlocks = table((n) => {
  const [name, remedy] = CHINESE[n - 1] ?? ["", ""];
  return { name, remedy };
});
