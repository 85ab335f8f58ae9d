-- The requests that wrk sends in turn, and what came back.
--
--   wrk ... -s wrk.lua URL -- REQUESTS_FILE ANSWERS_FILE
--
-- The requests are whole ones, each behind its length on a line of its own. Every thread of wrk writes a file of its
-- own, ANSWERS_FILE.N: a line "200 ID" for each webhook that was registered, and "STATUS BODY" for every other answer.
-- Ends with a line "RESULT {...}"; times are in microseconds.

local threads = 0
local requests = {}
local last
local answers

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

function init(args)
    local file = assert(io.open(args[1], "rb"))
    for length in file:lines() do
        requests[#requests + 1] = file:read(tonumber(length))
    end
    file:close()
    -- Threads begin at different places, so that they don't send the same requests at the same time.
    last = math.floor(#requests * number / 7)
    answers = assert(io.open(args[2] .. "." .. number, "wb"))
end

function request()
    last = last % #requests + 1
    return requests[last]
end

function response(status, _, body)
    if status == 200 then
        answers:write("200 ", body:match('"webhooks": ?%[{"id": ?"(%w+)"') or "-", "\n")
    else
        answers:write(status, " ", (body:gsub("%c", " ")), "\n")
    end
end

function done(summary, latency, _)
    local errors = summary.errors
    io.write(string.format('RESULT {"seconds": %.6f, "broken": %d, "p50": %d, "p90": %d, "p99": %d, "p99.9": %d, "max": %d}\n',
        summary.duration / 1e6, errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(90), latency:percentile(99), latency:percentile(99.9), latency.max))
end
