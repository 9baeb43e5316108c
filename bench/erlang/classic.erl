%% The four classic programs for actors, as in bench/classic_bench.cc, in plain Erlang. Prints a JSON line each.
%%
%%   erl -noshell +S 1:1 -run classic main [quick]
-module(classic).
-export([main/0, main/1]).

-define(PAYLOAD, binary:copy(<<"*">>, 64)).

main() -> main([]).

main(Arguments) ->
    Quick = Arguments =:= ["quick"],
    Runs = case Quick of true -> 1; false -> 7 end,
    Amount = fun(All, Few) -> case Quick of true -> Few; false -> All end end,
    measure("classic.pingpong", Runs, Amount(200000, 2000), fun pingpong/1),
    measure("classic.counting", Runs, Amount(100000, 2000), fun counting/1),
    measure("classic.threadring", Runs, 503 * Amount(400, 2), fun threadring/1),
    measure("classic.forkjoin", Runs, Amount(100000, 200), fun forkjoin/1),
    halt().

%% Microseconds of one of Count: the best, median and worst of the runs, after one that does not count.
measure(Name, Runs, Count, Work) ->
    Work(Count),
    {Wall, Cpu} = lists:unzip([time(Work, Count) || _ <- lists:seq(1, Runs)]),
    Times = lists:sort(Wall),
    io:format("{\"bench\": \"~s\", \"value\": ~.4f, \"unit\": \"us\", \"median\": ~.4f, \"worst\": ~.4f, "
              "\"cpu_us\": ~.4f, \"runs\": ~b, \"count\": ~b, \"workers\": ~b, \"system\": \"Erlang/OTP ~s, ~s\"}~n",
              [Name, hd(Times), lists:nth(length(Times) div 2 + 1, Times), lists:last(Times), lists:min(Cpu), Runs,
               Count,
               erlang:system_info(schedulers_online), erlang:system_info(otp_release),
               erlang:system_info(emu_flavor)]).

%% By the clock, and of the processors by all threads.
time(Work, Count) ->
    erlang:garbage_collect(),
    {Cpu, _} = statistics(runtime),
    Start = erlang:monotonic_time(nanosecond),
    Work(Count),
    Wall = erlang:monotonic_time(nanosecond) - Start,
    {CpuNow, _} = statistics(runtime),
    {Wall / 1000 / Count, (CpuNow - Cpu) * 1000 / Count}.

%% Two that send a number and 64 octets to and fro.
pingpong(Count) ->
    Self = self(),
    Server = spawn(fun() -> receive {peer, Peer} -> player(Peer, Self) end end),
    Other = spawn(fun() -> player(Server, Self) end),
    Server ! {peer, Other},
    Server ! {Count, ?PAYLOAD},
    receive done -> ok end,
    exit(Server, kill),
    exit(Other, kill).

player(Peer, Client) ->
    receive
        {0, _} -> Client ! done;
        {Number, Payload} -> Peer ! {Number - 1, Payload}
    end,
    player(Peer, Client).

%% One that sends, one that counts, and the count at the end.
counting(Count) ->
    Self = self(),
    Counter = spawn(fun() -> counter(0) end),
    spawn(fun() -> flood(Counter, Count, ?PAYLOAD), Counter ! {retrieve, Self} end),
    receive {counted, Count} -> ok end.

flood(_, 0, _) -> ok;
flood(To, Left, Payload) -> To ! {count, Payload}, flood(To, Left - 1, Payload).

counter(Number) ->
    receive
        {count, _} -> counter(Number + 1);
        {retrieve, Client} -> Client ! {counted, Number}
    end.

%% 503 in a ring, and one message that goes round.
threadring(Count) ->
    Self = self(),
    First = spawn(fun() -> receive {peer, Peer} -> player(Peer, Self) end end),
    Ring = lists:foldl(fun(_, [Next | _] = Made) -> [spawn(fun() -> player(Next, Self) end) | Made] end,
                       [First], lists:seq(2, 503)),
    First ! {peer, hd(Ring)},
    First ! {Count, ?PAYLOAD},
    receive done -> ok end,
    [exit(Player, kill) || Player <- Ring].

%% Many that are made, get one message each, and answer it.
forkjoin(Count) ->
    Self = self(),
    Payload = ?PAYLOAD,
    [spawn(fun() -> receive Message -> Self ! {answer, Message} end end) ! Payload || _ <- lists:seq(1, Count)],
    [receive {answer, _} -> ok end || _ <- lists:seq(1, Count)].
