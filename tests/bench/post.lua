-- The requests that wrk sends repeatedly, and the line that reports their results.
--
--   wrk ... -s post.lua URL -- CONTENT_TYPE BODY_FILE KEY PATHS_FILE [METHOD]
--
-- Sends the body to the paths of PATHS_FILE (one per line) round-robin, with POST unless METHOD is given. Ends with a
-- line "RESULT {...}": times are in microseconds; "failed" counts statuses from 400 on, "broken" counts failures and
-- timeouts of the socket.

local requests = {}
local last = 0

function init(args)
    local file = assert(io.open(args[2], "rb"))
    local body = file:read("*a")
    file:close()
    local headers = {["Content-Type"] = args[1], ["Authorization"] = "JWT " .. args[3]}
    for path in io.lines(args[4]) do
        requests[#requests + 1] = wrk.format(args[5] or "POST", path, headers, body)
    end
end

function request()
    last = last % #requests + 1
    return requests[last]
end

function done(summary, latency, _)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests": %d, "seconds": %.6f, "failed": %d, "broken": %d, "p50_us": %d, "p99_us": %d}\n',
        summary.requests, summary.duration / 1e6, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
