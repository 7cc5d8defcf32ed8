//! Plain async code in the zones of a scenario: times as computed by hand, faults at their ticks,
//! the same bytes for the same seed, and nothing left out in silence. What turmoil's sockets do is
//! held to here, since the documentation of `hosting` says it.

use std::path::PathBuf;
use std::time::Duration;

use crate::common::this_program;
use rand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use zonesim::cli;
use zonesim::hosting::net::{TcpListener, TcpStream, UdpSocket};
use zonesim::hosting::{
    Hosting, LogKind, Result, Scenario, ServiceHandle, ServiceReport, Unsupported,
};
use zonesim::scenario;

const MS: Duration = Duration::from_millis(1);

/// Three zones, 40 ms apart, for ten seconds, and what else is said.
fn scenario(more: &str) -> Scenario {
    let text = format!(
        r#"horizon = "10s"
{more}
[zones.a]
[zones.b]
[zones.c]
[network]
latency = "40ms"
[network.link]
"a-c" = {{ latency = "7ms" }}
"#
    );
    scenario::parse("test", text, &[], PathBuf::new()).unwrap_or_else(|error| panic!("{error}"))
}

fn faults(faults: &[&str]) -> Scenario {
    let faults: Vec<_> = faults.iter().map(|fault| format!("{{ {fault} }}")).collect();
    scenario(&format!("fault = [{}]", faults.join(", ")))
}

fn hosting(scenario: &Scenario) -> Hosting {
    Hosting::new(scenario, &[]).unwrap_or_else(|error| panic!("{error}"))
}

async fn udp_echo(_: ServiceHandle) -> Result {
    let socket = UdpSocket::bind("0.0.0.0:7").await?;
    let mut buffer = [0; 100];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await?;
        socket.send_to(&buffer[..length], from).await?;
    }
}

/// A datagram each 100 ms, and when it comes back.
async fn udp_ask(here: ServiceHandle) -> Result {
    let socket = UdpSocket::bind("0.0.0.0:0").await?;
    for number in 0..20u8 {
        let begun = here.now();
        socket.send_to(&[number], "a:7").await?;
        let mut buffer = [0];
        match timeout(95 * MS, socket.recv_from(&mut buffer)).await {
            Ok(received) => {
                received?;
                assert_eq!(buffer, [number]);
                here.measure("echo", begun);
            }
            Err(_) => here.note(format!("{number} is lost")),
        }
        sleep(begun + 100 * MS - here.now()).await;
    }
    Ok(())
}

async fn tcp_echo(_: ServiceHandle) -> Result {
    let listener = TcpListener::bind("0.0.0.0:7").await?;
    loop {
        let (mut stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let mut buffer = [0; 100];
            while let Ok(length @ 1..) = stream.read(&mut buffer).await {
                if stream.write_all(&buffer[..length]).await.is_err() {
                    break;
                }
            }
        });
    }
}

fn notes(account: &ServiceReport) -> Vec<(u128, String)> {
    let notes = account.log.iter().filter(|line| line.what != LogKind::Fault);
    notes.map(|line| (line.at.as_millis(), line.text.clone())).collect()
}

#[test]
fn datagrams_take_the_way_of_the_scenario_there_and_back() {
    let scenario = scenario("");
    let hosting = hosting(&scenario).host("a", udp_echo).unwrap().clients_elsewhere(udp_ask);
    let account = hosting.run(1);
    assert_eq!(account.took_ms("echo", Some("b")), [80.0; 20]);
    assert_eq!(account.took_ms("echo", Some("c")), [14.0; 20]);
    assert!(account.is_done && account.failures().count() == 0);
    assert_eq!(account.lasted, 2000 * MS, "both clients are done after 20 rounds");
    assert_eq!(hosting.run(1), account);
}

#[test]
fn a_cut_takes_exactly_what_is_under_way_in_it() {
    // Sent at 0, 100, 200 ..; there at +40, back at +80.
    for (fault, lost) in [
        ("at = \"500ms\", for = \"200ms\", partition = [[\"a\"], [\"b\"]]", vec![5, 6]),
        ("at = \"501ms\", for = \"200ms\", partition = [[\"a\"], [\"b\"]]", vec![5, 6, 7]),
        ("at = \"540ms\", for = \"1ms\", partition = [[\"a\"], [\"b\"]]", vec![5]),
        ("at = \"580ms\", for = \"20ms\", partition = [[\"a\"], [\"b\"]]", vec![5]),
        ("at = \"581ms\", for = \"19ms\", partition = [[\"a\"], [\"b\"]]", vec![]),
        // One way: there at 40, so only what comes back is taken, and the other way round.
        ("at = \"541ms\", for = \"10ms\", one_way = true, partition = [[\"a\"], [\"b\"]]", vec![5]),
        ("at = \"541ms\", for = \"10ms\", one_way = true, partition = [[\"b\"], [\"a\"]]", vec![]),
        ("at = \"500ms\", for = \"200ms\", isolate = [\"a\"]", vec![5, 6]),
        ("at = \"500ms\", for = \"200ms\", crash = [\"a\"]", vec![5, 6]),
    ] {
        let hosting = hosting(&faults(&[fault])).host("a", udp_echo).unwrap();
        let account = hosting.client("b", udp_ask).unwrap().run(1);
        let told: Vec<_> = account.log.iter().filter(|line| line.what == LogKind::Note).collect();
        let expected: Vec<_> = lost.iter().map(|number| format!("{number} is lost")).collect();
        assert_eq!(
            told.iter().map(|line| &line.text).collect::<Vec<_>>(),
            expected.iter().collect::<Vec<_>>(),
            "{fault}"
        );
        assert_eq!(account.took_ms("echo", None), vec![80.0; 20 - lost.len()], "{fault}");
    }
}

/// From b to a takes 20 ms and back 70, and what else is said.
fn lopsided(faults: &str) -> Scenario {
    let links = "\"b>a\" = { latency = \"20ms\" }\n\"a>b\" = { latency = \"70ms\" }\n";
    let text = format!(
        r#"horizon = "10s"
[zones.a]
[zones.b]
[zones.c]
[network.link]
{links}{faults}"#
    );
    scenario::parse("test", text, &[], PathBuf::new()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn each_direction_has_its_own_latency() {
    // Asked at 0, 100, 200 ..; there at +20, back at +90.
    for (fault, lost, slow) in [
        ("", vec![], 0),
        // There at 520: what comes back is under way from 520 to 590.
        (
            r#"[[fault]]
at = "520ms"
for = "1ms"
partition = [["a"], ["b"]]"#,
            vec![5],
            0,
        ),
        (
            r#"[[fault]]
at = "521ms"
for = "1ms"
one_way = true
partition = [["b"], ["a"]]"#,
            vec![],
            0,
        ),
        (
            r#"[[fault]]
at = "590ms"
for = "1ms"
one_way = true
partition = [["a"], ["b"]]"#,
            vec![5],
            0,
        ),
        (
            r#"[[fault]]
at = "591ms"
for = "9ms"
partition = [["a"], ["b"]]"#,
            vec![],
            0,
        ),
        // Down from 530 on, the answer has left; what is asked at 600 finds nobody.
        (
            r#"[[fault]]
at = "530ms"
for = "91ms"
crash = ["a"]"#,
            vec![6],
            0,
        ),
        // Slow by 2 ms what departs in it: the rounds of 5 and 6 both ways, of 4 neither.
        (
            r#"[[fault]]
at = "495ms"
for = "200ms"
delay = [["a"], ["b"]]
add = "2ms""#,
            vec![],
            2,
        ),
    ] {
        let hosting = hosting(&lopsided(fault)).host("a", udp_echo).unwrap();
        let account = hosting.client("b", udp_ask).unwrap().run(1);
        let told: Vec<_> = account.log.iter().filter(|line| line.what == LogKind::Note).collect();
        let expected: Vec<_> = lost.iter().map(|number| format!("{number} is lost")).collect();
        let told: Vec<_> = told.iter().map(|line| line.text.clone()).collect();
        assert_eq!(told, expected, "{fault}");
        let took = account.took_ms("echo", None);
        let delayed = took.iter().filter(|&&ms| ms == 94.0).count();
        let usual = took.iter().filter(|&&ms| ms == 90.0).count();
        assert_eq!((usual, delayed), (20 - lost.len() - slow, slow), "{fault}");
        assert!(account.unsupported.is_empty());
    }
}

#[test]
fn streams_over_lopsided_links() {
    let tcp = |fault| {
        let hosting = hosting(&lopsided(fault)).host("a", tcp_echo).unwrap();
        let ask = |here: ServiceHandle| async move {
            sleep(100 * MS).await;
            let begun = here.now();
            let mut stream = TcpStream::connect("a:7").await?;
            here.measure("connect", begun);
            loop {
                let begun = here.now();
                let mut buffer = [0; 5];
                stream.write_all(b"hello").await?;
                if let Err(error) = stream.read_exact(&mut buffer).await {
                    here.note(format!("ends: {}", error.kind()));
                    return Ok(());
                }
                here.measure("round", begun);
            }
        };
        hosting.client("b", ask).unwrap().run(1)
    };
    // One way to connect; then rounds of 90 from 120 on.
    let account = tcp(r#"[[fault]]
at = "1s"
for = "1s"
crash = ["a"]"#);
    assert_eq!(account.took_ms("connect", None), [20.0]);
    // The tenth answer is under way at 1000 and comes at 1020. What is asked then finds nobody. The
    // end of the stream left at 1000 and takes 70.
    assert_eq!(account.took_ms("round", None), [90.0; 10]);
    assert_eq!(notes(&account)[0], (1070, "ends: unexpected end of file".into()));
    // The answer that departs at 140 takes 210, those after the fault 70.
    let slow = r#"[[fault]]
at = "140ms"
for = "1ms"
delay = [["a"], ["b"]]
factor = 3.0"#;
    let rounds = tcp(slow).took_ms("round", None);
    assert_eq!(rounds[0], 230.0);
    assert!(rounds.len() > 50 && rounds[1..].iter().all(|&ms| ms == 90.0), "{rounds:?}");
}

/// What turmoil's TCP does, as the documentation of `hosting` says it.
async fn tcp_ask(here: ServiceHandle) -> Result {
    sleep(100 * MS).await;
    let begun = here.now();
    let mut stream = match timeout(6000 * MS, TcpStream::connect("b:7")).await? {
        Ok(stream) => stream,
        Err(error) => {
            here.note(format!("no connection: {}", error.kind()));
            return Ok(());
        }
    };
    here.measure("connect", begun);
    loop {
        let begun = here.now();
        let mut buffer = [0; 5];
        let round = async {
            stream.write_all(b"hello").await?;
            stream.read_exact(&mut buffer).await
        };
        match timeout(3000 * MS, round).await {
            Ok(Ok(_)) => here.measure("round", begun),
            Ok(Err(error)) => {
                here.note(format!("ends: {}", error.kind()));
                return Ok(());
            }
            Err(_) => {
                here.note("stalls");
                return Ok(());
            }
        }
        sleep(400 * MS).await;
    }
}

fn tcp(client: &str, fault: &str) -> ServiceReport {
    let hosting = hosting(&faults(&[fault])).host("b", tcp_echo).unwrap();
    hosting.client(client, tcp_ask).unwrap().run(1)
}

#[test]
fn streams_are_as_the_documentation_says() {
    // Nothing happens until all is done: one way to connect, and a tick where the client is first.
    let late = "at = \"9s\", crash = [\"b\"]";
    let (after, before) = (tcp("c", late), tcp("a", late));
    assert_eq!(after.took_ms("connect", None), [40.0]);
    assert_eq!(before.took_ms("connect", None), [41.0]);
    for account in [after, before] {
        let rounds = account.took_ms("round", None);
        assert!(rounds.len() > 15 && rounds.iter().all(|&ms| ms == 80.0), "{rounds:?}");
    }
    // Rounds begin at 140, 620, 1100, 1580 ..: a cut that takes one stalls the stream for ever.
    let cut = tcp("c", "at = \"1s\", for = \"200ms\", partition = [[\"b\"], [\"c\"]]");
    assert_eq!(cut.took_ms("round", None).len(), 2);
    assert_eq!(notes(&cut), [(4100, "stalls".into()), (4100, "is done".into())]);
    // A cut between two rounds does nothing.
    let between = tcp("c", "at = \"1250ms\", for = \"200ms\", partition = [[\"b\"], [\"c\"]]");
    assert!(between.took_ms("round", None).len() > 15);
    // A crash closes the stream: whoever waits reads its end one way later.
    let crash = tcp("c", "at = \"1300ms\", for = \"1s\", crash = [\"b\"]");
    assert_eq!(notes(&crash)[0], (1580, "ends: unexpected end of file".into()));
    let crash = tcp("c", "at = \"1110ms\", for = \"1s\", crash = [\"b\"]");
    assert_eq!(notes(&crash)[0], (1150, "ends: unexpected end of file".into()));
    // To connect across a cut is refused at once; to a zone that is down, at its restart.
    let cut = tcp("c", "at = \"50ms\", for = \"5s\", partition = [[\"b\"], [\"c\"]]");
    assert_eq!(notes(&cut)[0], (100, "no connection: connection refused".into()));
    let down = tcp("c", "at = \"50ms\", for = \"5s\", crash = [\"b\"]");
    assert_eq!(
        notes(&down)[..2],
        [(5050, "is back".into()), (5050, "no connection: connection refused".into())]
    );
}

#[test]
fn a_service_is_called_again_after_each_crash() {
    let scenario = faults(&[
        "at = \"1s\", for = \"500ms\", crash = [\"a\", \"b\"]",
        "at = \"3s\", for = \"1s\", crash = [\"a\"]",
    ]);
    let service = |here: ServiceHandle| async move {
        here.measure(&format!("start {}", here.starts()), Duration::ZERO);
        loop {
            sleep(200 * MS).await;
            here.count("ticks");
        }
    };
    let account = hosting(&scenario).host("a", service).unwrap().host("b", service).unwrap().run(1);
    for (what, a, b) in [
        ("start 0", vec![0.0], vec![0.0]),
        ("start 1", vec![1500.0], vec![1500.0]),
        ("start 2", vec![4000.0], vec![]),
    ] {
        assert_eq!(account.took_ms(what, Some("a")), a);
        assert_eq!(account.took_ms(what, Some("b")), b);
    }
    // Up in [0, 1) [1.5, 3) [4, 10), a tick each 200 ms after a start, none at the instant of an end.
    assert_eq!(account.count("ticks", Some("a")), 4 + 7 + 29);
    assert_eq!((account.is_done, account.lasted), (false, 10_000 * MS));
}

#[test]
fn errors_and_panics_are_told_and_end_the_process() {
    let scenario = faults(&["at = \"5s\", for = \"1s\", crash = [\"a\", \"c\"]"]);
    let fails = |here: ServiceHandle| async move {
        let listener = TcpListener::bind("0.0.0.0:7").await?;
        let (stream, _) = listener.accept().await?;
        let beat = here.clone();
        tokio::spawn(async move {
            let _open = stream;
            loop {
                sleep(100 * MS).await;
                beat.count("beats");
            }
        });
        sleep(1050 * MS).await;
        Err("the disk is full".into())
    };
    let reads = |here: ServiceHandle| async move {
        let mut stream = TcpStream::connect("a:7").await?;
        let read = stream.read(&mut [0]).await;
        here.note(format!("reads {read:?}"));
        let again = TcpStream::connect("a:7").await.map_err(|error| error.kind());
        here.note(format!("{:?}", again.err()));
        Ok(())
    };
    let panics = |here: ServiceHandle| async move {
        sleep(2000 * MS).await;
        assert!(here.starts() > 0, "not the first time");
        Ok(())
    };
    let hosting = hosting(&scenario).host("a", fails).unwrap().client("b", reads).unwrap();
    let account = hosting.client("c", panics).unwrap().run(1);
    let told = [
        // Accepted at 40; what it spawned ends with it, and its end of the stream closes.
        (1090, "fails: the disk is full"),
        (1130, "reads Ok(0)"),
        (1170, "Some(ConnectionRefused)"),
        (1170, "is done"),
        (2000, "panics: not the first time"),
        (6000, "is back"),
        (6000, "is back"),
        (8000, "is done"),
    ];
    assert_eq!(notes(&account), told.map(|(at, text)| (at, text.to_owned())));
    assert_eq!(account.count("beats", None), 10);
    let failed: Vec<_> = account.failures().map(|line| (line.node, line.what)).collect();
    assert_eq!(failed, [(Some(0), LogKind::Error), (Some(2), LogKind::Panic)]);
    assert!(account.is_done, "the client that panicked was started again and did its work");
}

#[test]
fn the_same_seed_gives_the_same_account_and_another_seed_another() {
    let scenario = scenario("");
    let draws = |here: ServiceHandle| async move {
        let mut stream = here.stream();
        for _ in 0..50 {
            sleep(MS * (1 + stream.random_range(0..30) as u32)).await;
            here.measure("drawn", Duration::ZERO);
        }
        Ok(())
    };
    let run = |seed| hosting(&scenario).clients_elsewhere(draws).run(seed);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).samples, run(2).samples);
    let account = run(1);
    assert_ne!(account.took_ms("drawn", Some("a")), account.took_ms("drawn", Some("b")));
}

#[test]
fn what_sockets_do_not_carry_is_refused_by_name() {
    let loaded = |more: &str| {
        let text = format!("horizon = \"1s\"\nzones.generate = 2\n{more}");
        let loaded = scenario::parse("test", text, &[], PathBuf::new());
        loaded.unwrap_or_else(|error| panic!("{error}"))
    };
    for (more, part, line) in [
        ("network.jitter = { exponential = { mean = \"3ms\" } }", Unsupported::Jitter, "test:3"),
        ("network.loss = 0.1", Unsupported::Loss, "test:3"),
        ("[network.link]\n\"z0>z1\" = { loss = 0.1 }", Unsupported::Loss, "test:4"),
        (
            "network.loss = { burst = { enter = 0.1, leave = 0.2, good = 0.0, bad = 0.5 } }",
            Unsupported::Loss,
            "test:3",
        ),
        ("[[fault]]\nat = \"1s\"\nhold = [[\"z0\"], [\"z1\"]]", Unsupported::Hold, "test:5"),
        ("[workload.items]\ninterval = \"1s\"", Unsupported::Workload, "test:3"),
        ("[exchange]\nuse = \"gossip\"", Unsupported::Exchange, "test:3"),
        ("[coordination]\nuse = \"independent\"", Unsupported::Coordination, "test:3"),
    ] {
        let scenario = loaded(more);
        let Err(error) = Hosting::new(&scenario, &[]) else { panic!("{more} is not refused") };
        let error = error.to_string();
        assert!(error.contains(&format!("does not meet `{part}`")), "{error}");
        assert!(error.contains(line), "{error}");
        let left = Hosting::new(&scenario, &[part]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(left.run(1).unsupported, [part]);
    }
    let Err(error) = Hosting::new(&loaded("resolution = \"100us\""), &[]) else {
        panic!("a resolution of 100 us is not refused")
    };
    assert!(error.to_string().contains("expected \"1ms\""), "{error}");
    let Err(error) = hosting(&scenario("")).host("bb", udp_echo) else { panic!("no such zone") };
    assert!(error.to_string().contains("there are a, b, c"), "{error}");
}

/// Sends a request again as soon as it fails: no time passes, and each attempt keeps its port.
async fn retry_at_once(here: ServiceHandle) {
    while TcpStream::connect("a:7").await.is_err() {
        here.count("attempts");
    }
}

/// Three services that go on while a task of theirs panics: in `a` whose handle nobody has, in `b` one
/// whose end is awaited, in `c` one that is local to its thread.
fn with_panics(hosting: Hosting) -> Hosting {
    let detached = |here: ServiceHandle| async move {
        tokio::spawn(async move {
            sleep(730 * MS).await;
            here.count("before the panic");
            let few = [1, 2, 3];
            assert_eq!(few.len(), 4, "a frame is short");
        });
        std::future::pending().await
    };
    let awaited = |_: ServiceHandle| async move {
        sleep(65 * MS).await;
        let task = tokio::spawn(async { panic!("{} of {}", 7, 8) });
        assert!(task.await.is_err_and(|error| error.is_panic()));
        Ok(())
    };
    let local = |_: ServiceHandle| async move {
        let task = tokio::task::spawn_local(async { std::panic::panic_any(5) });
        drop(task.await);
        Ok(())
    };
    let hosting = hosting.host("a", detached).and_then(|hosting| hosting.client("b", awaited));
    hosting.and_then(|hosting| hosting.client("c", local)).unwrap_or_else(|error| panic!("{error}"))
}

fn failed(account: &ServiceReport) -> Vec<(u128, &str, &str)> {
    let told =
        |line: &zonesim::hosting::LogEntry| line.node.map_or("", |node| &account.names[node]);
    let one = |line| (line, told(line));
    let failures = account.failures().map(one);
    failures.map(|(line, at)| (line.at.as_millis(), at, line.text.as_str())).collect()
}

#[test]
fn a_panic_of_a_spawned_task_fails_the_run() {
    // A crash gives a node another runtime: it is known again.
    let stop = "stop = \"horizon\"\n";
    let crash = "fault = [{ at = \"2s\", for = \"500ms\", crash = [\"a\"] }]";
    let scenario = scenario(&format!("{stop}{crash}"));
    let hosting = with_panics(hosting(&scenario));
    let account = hosting.run(1);
    let expected = [
        (0, "c", "a task panics: without a message"),
        (65, "b", "a task panics: 7 of 8"),
        (730, "a", "a task panics: assertion `left == right` failed: a frame is short"),
        (3230, "a", "a task panics: assertion `left == right` failed: a frame is short"),
    ];
    let failed = failed(&account);
    assert_eq!(failed.len(), expected.len(), "{failed:?}");
    for ((at, zone, text), (expected_at, expected_zone, begins)) in failed.iter().zip(expected) {
        assert_eq!((*at, *zone), (expected_at, expected_zone));
        assert!(text.starts_with(begins), "{text}");
    }
    assert_eq!(account.count("before the panic", Some("a")), 2);
    assert_eq!(hosting.run(1), account);
    // Panics outside of runs are nobody's.
    drop(std::panic::catch_unwind(|| panic!("a test of its own")));
    assert_eq!(hosting.run(1), account);
}

#[test]
fn a_client_that_retries_at_once_uses_up_its_ports_and_fails_the_run() {
    let cut = "at = \"1500ms\", for = \"1s\", partition = [[\"a\"], [\"b\", \"c\"]]";
    let scenario = faults(&[cut]);
    let spawned = |here: ServiceHandle| async move {
        sleep(1600 * MS).await;
        tokio::spawn(retry_at_once(here));
        sleep(100 * MS).await;
        Ok(())
    };
    let hosting = hosting(&scenario).host("a", tcp_echo).unwrap().client("b", spawned).unwrap();
    let account = hosting.client("c", |here| async move {
        sleep(1700 * MS).await;
        retry_at_once(here).await;
        Ok(())
    });
    let account = account.unwrap().run(1);
    assert_eq!(
        failed(&account),
        [
            (1600, "b", "a task panics: Host: 'b' ports exhausted"),
            (1700, "c", "panics: Host: 'c' ports exhausted"),
        ]
    );
    assert_eq!(account.count("attempts", Some("b")), 16_384);
}

/// Set in the process that runs a program with panics.
const CHILD: &str = "ZONESIM_TEST_OF_PANICS";

#[test]
fn a_program_names_the_host_the_time_and_the_panic_and_exits_with_7() {
    let file = scratch!().join("panics.toml");
    if std::env::var_os(CHILD).is_some() {
        let arguments = ["program".into(), file.into_os_string()];
        let exit = cli::host_on(arguments, |hosting| Ok(with_panics(hosting)));
        std::process::exit(exit as i32);
    }
    let text = r#"horizon = "1s"
[zones.a]
[zones.b]
[zones.c]
[network]
latency = "9ms"
"#;
    std::fs::write(&file, text).unwrap();
    let name = "a_program_names_the_host_the_time_and_the_panic_and_exits_with_7";
    let output = this_program(module_path!(), name).env(CHILD, "1").output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(7), "{error}");
    for line in [
        "error: c at 0:00:00.000: a task panics: ",
        "error: b at 0:00:00.065: a task panics: 7 of 8",
    ] {
        assert!(error.contains(line), "{error}");
    }
    // All clients were done then.
    assert!(!error.contains("error: a at"), "{error}");
}

#[test]
fn what_a_service_says_is_shown_on_one_line() {
    let noisy = |here: ServiceHandle| async move {
        here.note("one\n\u{1b}[2Jtwo");
        here.count("a\tb");
        here.measure("\u{9b}1m", Duration::ZERO);
        Ok(())
    };
    let account = hosting(&scenario("")).client("b", noisy).unwrap().run(1);
    let page = zonesim::report::hosted(&account);
    for shown in ["b one\\n\\u{1b}[2Jtwo\n", "  a\\tb ", "  \\u{9b}1m "] {
        assert!(page.contains(shown), "{page}");
    }
    assert!(!page.chars().any(|c| c.is_control() && c != '\n'), "{page}");
    let json = serde_json::to_string(&zonesim::report::HostedJson::new(&account)).unwrap();
    assert!(json.contains("one\\n\\u001b[2Jtwo"), "programs are told what was said: {json}");
}
