/** What is seen as a picture: title, time, plot and legend on one sheet. */

interface Sheet {
  plot: HTMLCanvasElement;
  title: string;
  /** Under the title: the span, the zone, whether it was live, past or a replay. */
  time: string;
  legend: readonly { number: string; ink: string; dash: readonly number[]; text: string }[];
  ink: { text: string; muted: string; ground: string };
}

const EDGE = 16;
const ROW = 20;
const HEAD = 56;

/** Draws the sheet and gives it as PNG. Rejects when the browser cannot. */
export async function pictureOf(sheet: Sheet): Promise<Blob> {
  const ratio = devicePixelRatio;
  const canvas = document.createElement("canvas");
  canvas.width = sheet.plot.width + 2 * EDGE * ratio;
  canvas.height = sheet.plot.height + (HEAD + sheet.legend.length * ROW + 2 * EDGE) * ratio;
  const ctx = canvas.getContext("2d");
  if (ctx === null) throw new Error("this browser gives no canvas");
  ctx.fillStyle = sheet.ink.ground;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.drawImage(sheet.plot, EDGE * ratio, HEAD * ratio);
  ctx.scale(ratio, ratio);
  drawWords(ctx, sheet, sheet.plot.height / ratio + HEAD + EDGE);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob === null ? reject(new Error("this browser makes no picture")) : resolve(blob)), "image/png"),
  );
}

function drawWords(ctx: CanvasRenderingContext2D, { title, time, legend, ink }: Sheet, below: number): void {
  ctx.fillStyle = ink.text;
  ctx.font = `600 16px "Inter Variable", "Noto Sans CJK SC", sans-serif`;
  ctx.fillText(title, EDGE, 24);
  ctx.font = `13px "Inter Variable", "Noto Sans CJK SC", sans-serif`;
  ctx.fillStyle = ink.muted;
  ctx.fillText(time, EDGE, 44);
  for (const [i, { number, ink: own, dash, text }] of legend.entries()) {
    const y = below + i * ROW;
    ctx.strokeStyle = own;
    ctx.lineWidth = 2;
    ctx.setLineDash([...dash]);
    ctx.beginPath();
    ctx.moveTo(EDGE + 20, y);
    ctx.lineTo(EDGE + 60, y);
    ctx.stroke();
    ctx.fillStyle = ink.text;
    ctx.fillText(number, EDGE, y + 4);
    ctx.fillText(text, EDGE + 70, y + 4);
  }
}

/** Hands a file to the person. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
