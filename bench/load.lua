-- Feeds wrk the paths of a file, each thread its own share, and prints the outcome as one line of JSON.
-- Arguments: FILE of paths | BODY file to post (`-` for GET) | ACCEPT header (`-` for none) | IF-NONE-MATCH header (none
-- if absent).
local threads = 0

function setup(thread)
  thread:set("share", threads)
  threads = threads + 1
end

function init(args)
  paths = {}
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  if args[2] ~= "-" then
    wrk.method = "POST"
    wrk.body = io.open(args[2]):read("*a")
    wrk.headers["content-type"] = "application/json"
    wrk.headers["accept"] = "image/png"
  end
  if args[3] and args[3] ~= "-" then wrk.headers["accept"] = args[3] end
  if args[4] then wrk.headers["if-none-match"] = args[4] end
  -- Two threads walk the two halves of the list, so that neither asks what the other asked.
  at = math.floor(#paths / 2) * share
end

function request()
  at = at % #paths + 1
  return wrk.format(nil, paths[at])
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"p999":%.3f,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency:percentile(99.9) / 1e3, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
