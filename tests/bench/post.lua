-- The requests that wrk sends in turn, and the line that reports their results.
--
--   wrk ... -s post.lua URL -- REQUESTS_FILE METHOD [CONTENT_TYPE BODY_FILE]
--
-- REQUESTS_FILE has a key and a path on each line, in the order in which they are sent. Each thread begins at another
-- line. Ends with a line "RESULT {...}": times are in microseconds; "failed" counts statuses from 400 on, "broken"
-- counts failures and timeouts of the socket.

local threads = 0
local requests = {}
local last = 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(args)
    local body
    if args[4] then
        local file = assert(io.open(args[4], "rb"))
        body = file:read("*a")
        file:close()
    end
    for line in io.lines(args[1]) do
        local key, path = line:match("(%S+) (%S+)")
        local headers = {["Authorization"] = "JWT " .. key, ["Content-Type"] = args[3]}
        requests[#requests + 1] = wrk.format(args[2], path, headers, body)
    end
    last = math.floor(#requests / 2) * number
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
