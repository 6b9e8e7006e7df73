#!/bin/sh
# A reader of job eventlogs behind the harness protocol, in jq: how far one gets without a language.
#
# It tells whether it accepts a log, and the state after each event: the transitions, the order of
# things and the contexts. Where jq is laxer than RFC 18 and 21 allow it skips the log: jq takes 1.0
# for the integer 1, has no bytes, and reads control characters, NaN and .5 as if they were JSON.
exec jq --compact-output --unbuffered '
  def moves: {
    validate: {NEW: "DEPEND"}, invalidate: {NEW: "REMOVED"}, depend: {DEPEND: "PRIORITY"},
    priority: {PRIORITY: "SCHED", SCHED: "SCHED"}, clean: {CLEANUP: "INACTIVE"},
    alloc: {SCHED: "RUN", PRIORITY: "PRIORITY", CLEANUP: "CLEANUP"},
    finish: {RUN: "CLEANUP", CLEANUP: "CLEANUP"}
  };
  def demand(fine): if fine then . else error("violates") end;
  def text: type == "string";
  def object: type == "object";
  def integer: type == "number";
  def within(low; high): integer and low <= . and . <= high;
  def lacks_or(key; fine): (has(key) | not) or (.[key] | fine);
  def idset:
    (if test("\\A\\[.*\\]\\z") then .[1:-1] else . end)
    | . == "" or (
        test("\\A(0|[1-9][0-9]*)(-(0|[1-9][0-9]*))?(,(0|[1-9][0-9]*)(-(0|[1-9][0-9]*))?)*\\z")
        and ([scan("[0-9]+") | tonumber] | . == unique)
      );
  def described: .description | text;
  def sound($name):   # of a context that is there, or {}
    if $name == "submit" then
      (.urgency | within(0; 31)) and (.userid | integer) and (.flags | integer)
      and lacks_or("version"; integer)
    elif $name == "set-flags" then .flags | type == "array" and all(.[]; text)
    elif $name == "dependency-add" or $name == "dependency-remove"
      or $name == "prolog-start" or $name == "epilog-start" then described
    elif $name == "prolog-finish" or $name == "epilog-finish" then
      described and (.status | integer)
    elif $name == "priority" then .priority | within(0; 4294967295)
    elif $name == "urgency" then (.urgency | within(0; 31)) and (.userid | integer)
    elif $name == "alloc" then lacks_or("annotations"; object)
    elif $name == "release" then
      (.ranks | . == "all" or (text and idset)) and (.final | type == "boolean")
    elif $name == "finish" then .status | integer
    elif $name == "exception" then
      (.type | text) and (.severity | within(0; 7)) and (.note | text)
      and lacks_or("userid"; integer) and lacks_or("wait_status"; integer)
      and ((has("wait_status") | not) or .type == "exec")
    elif $name == "resource-update" then .expiration | integer
    elif $name == "jobspec-update" then
      length > 0 and all(keys_unsorted[]; split(".") | length > 0 and all(.[]; . != ""))
    elif $name == "start" or $name == "free" or $name == "clean" then length == 0
    else true end;
  def shell: (. % 128) as $signal
    | if $signal != 0 then 128 + $signal else (. / 256 | floor) end;
  def less(list; $one): (list | index($one)) as $at
    | if $at == null then . else list |= del(.[$at]) end;

  def after($name; $context):
    if $name == "exception" then if $context.severity == 0 then "CLEANUP" else .state end
    elif .v0 and ($name == "submit" and .state == "NEW"
      or $name == "validate" and .state == "DEPEND") then "DEPEND"
    elif .state == "SCHED" and ($name == "urgency" or $name == "jobspec-update"
      or $name == "flux-restart") then "PRIORITY"
    elif moves | has($name) then .state as $state | moves[$name][$state] // error("violates")
    else .state end;

  def heed($name; $context):
    $context.description as $what
    | if $name == "submit" and (.seen | not) then
        demand($context | has("version") | not or $context.version == 1)
        | .urgency = $context.urgency
      elif $name == "urgency" then .urgency = $context.urgency
      elif $name == "dependency-add" then .open[$what] = true | .added[$what] = true
      elif $name == "dependency-remove" then
        demand(.added | has($what)) | del(.open[$what])
      elif $name == "depend" then demand(.open == {})
      elif $name == "prolog-start" then .prologs += [$what]
      elif $name == "epilog-start" then .epilogs += [$what]
      elif $name == "prolog-finish" then less(.prologs; $what)
      elif $name == "epilog-finish" then less(.epilogs; $what)
      elif $name == "start" then demand(.prologs == [])
      elif $name == "free" then demand(.epilogs == [])
      elif $name == "alloc" then demand(.urgency != 0)
      elif $name == "exception" and $context.severity == 0 and .root == null then
        .root = $context
      elif $name == "finish" and .root.wait_status != null then
        (.root.wait_status | shell) as $shell
        | demand($context.status == $shell or $context.status == $shell * 256)
      else . end;

  def event:   # of {job, row}
    .row as $row | .row.name as $name | (.row.context // {}) as $context | .job
    | demand(.state != "INACTIVE" and .state != "REMOVED" and (.seen or $name == "submit"))
    | demand(($row | has("context")) or ($name != "memo" and $name != "jobspec-update"))
    | demand($context | sound($name))
    | (if .seen then . else .v0 = ($context | has("version") | not) end)
    | after($name; $context) as $state
    | heed($name; $context)
    | .state = $state | .seen = true;

  def judge:
    {state: "NEW", seen: false, v0: false, root: null, urgency: null, open: {}, added: {},
     prologs: [], epilogs: []} as $new
    | (if .[-1:] == "\n" then .[:-1] else . end) as $log
    | ($log | if . == "" then [""] else split("\n") end)
    | reduce .[] as $line ({job: $new, states: [], fine: true};
        if .fine then
          . as $before
          | try (
              ($line | fromjson) as $row
              | demand($row | object and (.name | text) and (.timestamp | integer and . > 0))
              | demand($row | lacks_or("context"; object))
              | .job |= ({job: ., row: $row} | event)
              | .states += [.job.state]
            ) catch ($before | .fine = false)
        else . end
      )
    | {accepts: .fine, states};

  # What jq reads, but for timestamps: a point, an exponent, NaN, +1, 01; and control characters.
  def lax: gsub("\"timestamp\" *: *[0-9]+\\.[0-9]+ *[,}]"; "")
    | test("[\\x00-\\x09\\x0b-\\x1f]")
      or (gsub("\"(?:[^\"\\\\]|\\\\.)*\""; "") | test("[.+\ufeff]|[0-9][eE]|[^0-9]0[0-9]|nan|NaN|Infinity"));

  if .op == "stop" then halt
  elif .op == "hello" then
    {op, name: "reader.sh", version: "1", reports: ["accepts", "states"]}
  elif has("log_base64") then {seq, skipped: "jq knows no bytes, only text"}
  elif .log | lax then {seq, skipped: "jq takes 1.0 for 1, and more than JSON allows"}
  else {seq} + (.log | judge) end
'
