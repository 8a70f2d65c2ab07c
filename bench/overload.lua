-- Posts one body at a fixed rate, independent of the answers, and times each answer by its status; prints one line of
-- JSON. For one thread of wrk: each has a schedule of its own.
-- Arguments: BODY file | REQUESTS a second | SECONDS to leave out at the start, in which the queue fills.
local ffi = require("ffi")
ffi.cdef[[
  typedef struct { long seconds, nanoseconds; } overload_time;
  int clock_gettime(int clock, overload_time *time);
]]
local MONOTONIC = 1
local time = ffi.new("overload_time")
local thread = nil

local function now()
  ffi.C.clock_gettime(MONOTONIC, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

function setup(one)
  thread = one
end

function init(args)
  local body = io.open(args[1]):read("*a")
  rate, warm_up = tonumber(args[2]), tonumber(args[3])
  local whole = wrk.format("POST", "/plot", {
    ["content-type"] = "application/json", ["accept"] = "image/png", ["x-request-id"] = "@",
  }, body)
  -- The service gives each id back, which is how an answer finds its beginning.
  local at = whole:find("x-request-id: @", 1, true) + #"x-request-id: "
  before, after = whole:sub(1, at - 1), whole:sub(at + 1)
  made, sent, slots, begun, since, until_ = 0, 0, 0, {}, nil, 0
  status_200, status_503, hints, others = {}, {}, 0, 0
end

-- Any free connection takes the next slot of the schedule, so slow answers do not reduce the rate.
function delay()
  since = since or now()
  local wait = since + slots / rate - now()
  slots = slots + 1
  return math.max(0, math.floor(wait * 1e3 + 0.5))
end

function request()
  -- wrk makes one request to look at before it begins.
  if not since then return before .. "look" .. after end
  local moment = now()
  made = made + 1
  local id = "r" .. made
  begun[id] = moment
  if moment > since + warm_up then
    sent, until_ = sent + 1, moment
  end
  return before .. id .. after
end

-- What is answered once the queue has filled counts, whenever it was asked: the slowest began before.
function response(status, headers, _)
  local id = headers["x-request-id"]
  local from, moment = id and begun[id], now()
  if not from then return end
  begun[id] = nil
  if moment < since + warm_up then return end
  local milliseconds = (moment - from) * 1e3
  if status == 200 then
    status_200[#status_200 + 1] = milliseconds
  elseif status == 503 then
    status_503[#status_503 + 1] = milliseconds
    if headers["retry-after"] then hints = hints + 1 end
  else
    others = others + 1
  end
end

local function list(times)
  local texts = {}
  for index, milliseconds in ipairs(times) do texts[index] = string.format("%.3f", milliseconds) end
  return "[" .. table.concat(texts, ",") .. "]"
end

function done(summary, _, _)
  local errors = summary.errors
  io.write(string.format(
    '{"sent":%d,"seconds":%.6f,"accepted":%s,"refused":%s,"hints":%d,"others":%d,"broken":%d}\n',
    thread:get("sent"), thread:get("until_") - thread:get("since") - thread:get("warm_up"),
    list(thread:get("status_200")), list(thread:get("status_503")), thread:get("hints"), thread:get("others"),
    errors.connect + errors.read + errors.write))
end
