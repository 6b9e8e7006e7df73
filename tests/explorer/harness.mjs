#!/usr/bin/env node
// The judge of the explorer's page behind the harness protocol: node harness.mjs MACHINE.json [JS].
//
// JS is the folder of the judge's modules. Findings have their messages, which the protocol
// leaves open, and with `notes` those of what the RFCs say nothing about.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [machineFile, folder] = process.argv.slice(2);
const load = (name) => import(`${pathToFileURL(folder)}/${name}.mjs`);
const { judge } = await load("judge");
const { Machine, plainly } = await load("machine");
const { parse } = await load("json");
const { written } = await load("values");
const { UnreadableLog } = await load("lines");

const machine = new Machine(plainly(parse(readFileSync(machineFile, "utf-8"))));
const say = (answer) => process.stdout.write(`${written(answer, { ascii: true })}\n`);

function replayed(request) {
  const seq = BigInt(request.seq);
  const bytes = request.log !== undefined
    ? new TextEncoder().encode(request.log)
    : new Uint8Array(Buffer.from(request.log_base64, "base64"));
  try {
    const told = judge(machine, bytes);
    const findings = told.findings.map(({ rule, line, message, level, state, allowed, repair }) =>
      ({ rule, line: BigInt(line), message, level, state, allowed, repair }));
    const states = told.events.map((event) => event.after.state);
    const { verdict, strict, report, state, waits } = told;
    return { seq, verdict, strict, states, job: report, findings, state, waits };
  } catch (error) {
    if (error instanceof UnreadableLog) return { seq, error: error.message };
    throw error;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (request.op === "stop") break;
  const reports = ["verdict", "strict", "states", "job", "findings"];
  say(request.op === "hello" ? { op: "hello", name: "explorer", version: "1", reports } : replayed(request));
}
process.exit(0);
