// Reads JSON strings of LaTeX, one per line, and writes one line for each: "" or KaTeX's complaint, as JSON.
import katex from "katex";
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  let complaint = "";
  const strict = (code, message) => {
    complaint = complaint || `${code}: ${message}`;
    return "ignore";
  };
  try {
    katex.renderToString(JSON.parse(line), { displayMode: true, throwOnError: true, strict });
  } catch (error) {
    complaint = String(error.message);
  }
  console.log(JSON.stringify(complaint));
}
