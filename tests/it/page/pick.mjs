// Marks landmarks, drags a point of the line and saves, as a person would, and prints what there was to see, as JSON. Arguments: the page,
// the landmarks by name with their places in the scan's frame, mm, as JSON (none for a page that has them), the file to save to.
import { createRequire } from "node:module";
const { chromium } = createRequire(`${process.env.NODE_PATH}/`)("playwright-core");
const [file, marks, target] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: process.env.TONSURE_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, acceptDownloads: true });
const seen = { faults: [], requests: [] };
page.on("console", message => message.type() === "error" && seen.faults.push(message.text()));
page.on("pageerror", error => seen.faults.push(error.message));
page.on("dialog", dialog => { seen.faults.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
page.on("request", request => seen.requests.push(request.url()));

await page.goto(`file://${file}`);
await page.waitForFunction(() => window.hairline);
const box = await page.locator("#canvas").boundingBox();
/** Where a place of the scan lies in the window. */
const inWindow = async place => {
  const [x, y] = await page.evaluate(place => {
    const own = { name: "probe", point: place };
    window.hairline.picked.points.push(own);
    const at = window.hairline.onCanvas("probe");
    window.hairline.picked.points.pop();
    return at.map(c => c / devicePixelRatio);
  }, place);
  return [box.x + x, box.y + y];
};
const view = name => page.click(`#views button:has-text("${name}")`);
const drawn = () => page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
const state = () => page.evaluate(() => ({ landmarks: window.hairline.picked.landmarks, points: window.hairline.picked.points, line: window.hairline.line() }));

seen.title = await page.textContent("#title");
seen.window_title = await page.title();
seen.images = await page.locator("img").count();
seen.can_save_at_once = await page.locator("#save").isEnabled();
const views = { glabella: "front", left_tragus: "left", right_tragus: "right", inion: "back", vertex: "top" };
for (const [name, place] of Object.entries(JSON.parse(marks || "{}"))) {
  await view(views[name]);
  await page.click(`#mark-${name}`);
  await drawn();
  await page.mouse.click(...await inWindow(place));
}
await view("front");
await drawn();
seen.before = await state();
const middle = seen.before.points.find(({ name }) => name === "mid_frontal");
if (middle) {
  const [x, y] = await inWindow(middle.point);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 6, y - 6);
  await page.mouse.move(x + 12, y - 16);
  await page.mouse.up();
  await drawn();
  seen.dropped_at = [x + 12, y - 16];
}
seen.after = await state();
if (middle) seen.shown_at = await inWindow(seen.after.points.find(({ name }) => name === "mid_frontal").point);
const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
seen.saved_as = download.suggestedFilename();
await download.saveAs(target);
await browser.close();
console.log(JSON.stringify(seen));
