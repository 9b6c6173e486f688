//! Moves 256 KiB responses between two nodes of one process over loopback and prints what the transport alone can
//! do: `cargo run --release --example throughput -p commonwheel-net`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::time::Instant;

use commonwheel_net::{
    Command, Error, Event, MAX_IN_FLIGHT_PER_PEER, Multiaddr, Network, Options, PeerKey, spawn, with_peer,
};

const RESPONSE_BYTES: usize = 256 * 1024;
const RESPONSES: u64 = 4096;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (name, listen) in [("tcp", "/ip4/127.0.0.1/tcp/0"), ("quic", "/ip4/127.0.0.1/udp/0/quic-v1")] {
        for in_flight in [1, 4, MAX_IN_FLIGHT_PER_PEER] {
            let start = Instant::now();
            exchange(listen, in_flight).await?;
            let mib = RESPONSES as f64 * RESPONSE_BYTES as f64 / f64::from(1 << 20);
            println!("{name:4} {in_flight} in flight: {:6.0} MiB/s", mib / start.elapsed().as_secs_f64());
        }
    }
    Ok(())
}

async fn exchange(listen: &str, in_flight: usize) -> Result<(), Box<dyn std::error::Error>> {
    let (server, server_key, address) = start(1, listen).await?;
    let (client, _, _) = start(2, listen).await?;
    let serving = tokio::spawn(serve(server));
    client.handle.send(Command::Dial(address)).await?;
    fetch(client, server_key, in_flight).await?;
    serving.abort();
    Ok(())
}

async fn start(seed: u8, listen: &str) -> Result<(Network, PeerKey, Multiaddr), Box<dyn std::error::Error>> {
    let mut options = Options::new(&mut [seed; 32], "bench")?;
    options.listen = vec![listen.parse()?];
    let key = options.public_key();
    let mut network = spawn(options)?;
    loop {
        match network.events.next().await {
            Some(Event::Listening(address)) => return Ok((network, key, with_peer(address, &key)?)),
            Some(_) => {}
            None => return Err(Error::Ended.into()),
        }
    }
}

async fn serve(mut server: Network) {
    while let Some(event) = server.events.next().await {
        if let Event::Request { id, .. } = event {
            server.handle.send(Command::Respond { id, bytes: vec![7; RESPONSE_BYTES] }).await.ok();
        }
    }
}

async fn fetch(mut client: Network, peer: PeerKey, in_flight: usize) -> Result<(), Error> {
    let (mut asked, mut answered) = (0, 0);
    while answered < RESPONSES {
        match client.events.next().await {
            Some(Event::Connected { .. }) => {
                for _ in 0..in_flight {
                    client.handle.send(Command::Request { peer, id: asked, bytes: vec![1; 64] }).await?;
                    asked += 1;
                }
            }
            Some(Event::Response { .. }) => {
                answered += 1;
                client.handle.send(Command::Request { peer, id: asked, bytes: vec![1; 64] }).await?;
                asked += 1;
            }
            Some(_) => {}
            None => return Err(Error::Ended),
        }
    }
    client.handle.send(Command::Shutdown).await
}
