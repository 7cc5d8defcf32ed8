//! Plain async code in the zones of a scenario: a request-response service over TCP, and clients
//! that lose patience, connect anew and try again. Nothing below `main` knows of zonesim but what
//! it measures.
//!
//! ```console
//! cargo run --release --example hosted-service -- sims/hosted-service/scenario.toml
//! ```

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use zonesim::cli::{self, Exit};
use zonesim::hosting::net::{TcpListener, TcpStream};
use zonesim::hosting::{Result, ServiceHandle};

const PORT: u16 = 4000;
const REQUESTS: u32 = 60;
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(500);

fn main() -> Exit {
    cli::host(|hosting| Ok(hosting.host("uz", serve)?.clients_elsewhere(ask)))
}

/// The service: called at the start, and again after each crash.
async fn serve(here: ServiceHandle) -> Result {
    let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        here.count("accepted");
        tokio::spawn(answer(stream));
    }
}

/// Answers the requests of one connection until it ends: each with twice its number.
async fn answer(mut stream: TcpStream) -> io::Result<()> {
    loop {
        let request = receive(&mut stream).await?;
        let number = u32::from_be_bytes(request.try_into().unwrap_or_default());
        send(&mut stream, &(2 * number).to_be_bytes()).await?;
    }
}

/// A client: a request each second, on the same connection as long as that works.
async fn ask(here: ServiceHandle) -> Result {
    let start = Instant::now();
    let mut stream = None;
    for number in 0..REQUESTS {
        sleep_until(start + Duration::from_secs(number.into())).await;
        let begun = here.now();
        loop {
            match timeout(PATIENCE, request(&here, &mut stream, number)).await {
                Ok(Ok(())) => break,
                Ok(Err(error)) => here.count(&error.kind().to_string()),
                Err(_) => here.count("timed out"),
            }
            // TCP under turmoil resends nothing: a stream that lost something is lost.
            stream = None;
            sleep(PAUSE).await;
        }
        here.measure("answer", begun);
    }
    Ok(())
}

/// One request and its answer, on a new connection if there is none.
async fn request(
    here: &ServiceHandle,
    stream: &mut Option<TcpStream>,
    number: u32,
) -> io::Result<()> {
    let open = match stream {
        Some(open) => open,
        None => {
            let begun = here.now();
            let open = TcpStream::connect(("uz", PORT)).await?;
            here.measure("connect", begun);
            stream.insert(open)
        }
    };
    let begun = here.now();
    send(open, &number.to_be_bytes()).await?;
    let answer = receive(open).await?;
    here.measure("round trip", begun);
    if answer == (2 * number).to_be_bytes() {
        Ok(())
    } else {
        Err(io::ErrorKind::InvalidData.into())
    }
}

/// A frame: its length in four bytes, then itself, in one segment.
async fn send(stream: &mut TcpStream, body: &[u8]) -> io::Result<()> {
    let length = (body.len() as u32).to_be_bytes();
    stream.write_all(&[&length, body].concat()).await
}

async fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u32().await?;
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body).await?;
    Ok(body)
}
