//! A direct request, made by hand: somebody without any tie asks a node for one body, past every session.

use std::time::Duration;

use commonwheel_net::{Command, Event, Multiaddr, Options, peer_of, spawn};
use commonwheel_record::RecordId;
use commonwheel_record::terms::Purpose;
use commonwheel_sync::wire::{self, BodyItem, BodyRequest, Reply, Request};
use commonwheel_valve::Refusal;

use super::DemoError;
use super::cluster::NETWORK;
use crate::engine::keys::random;

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Got {
    /// The body.
    Body,
    /// A typed refusal.
    Refused(Refusal),
}

/// Asks the node at an address for one record's body, under a key nobody knows.
pub(super) async fn ask(address: &str, record: RecordId) -> Result<Got, DemoError> {
    let asked = tokio::time::timeout(Duration::from_secs(20), exchange(address, record));
    asked.await.map_err(|_| DemoError::Outsider("no answer within 20 s".to_owned()))?
}

async fn exchange(address: &str, record: RecordId) -> Result<Got, DemoError> {
    let failed = |error: &dyn std::fmt::Display| DemoError::Outsider(error.to_string());
    let address: Multiaddr = address.parse().map_err(|error| failed(&error))?;
    let server = peer_of(&address).ok_or_else(|| failed(&"the address names no peer"))?;
    let mut secret = random().map_err(|error| failed(&error))?;
    let options = Options::new(&mut secret, NETWORK).map_err(|error| failed(&error))?;
    let mut network = spawn(options).map_err(|error| failed(&error))?;
    network.handle.send(Command::Dial(address)).await.map_err(|error| failed(&error))?;
    let request = Request::Bodies(BodyRequest {
        feed: record.feed,
        runs: vec![(record.index, 1)],
        offset: 0,
        held_submissions: Vec::new(),
        purpose: Purpose::Train,
        nonce: [7; 16],
    });
    let reply = loop {
        match network.events.next().await {
            Some(Event::Connected { peer, .. }) if peer == server => {
                let command = Command::Request { peer, id: 1, bytes: wire::encode(&request) };
                network.handle.send(command).await.map_err(|error| failed(&error))?;
            }
            Some(Event::Response { bytes, .. }) => break bytes,
            Some(Event::RequestFailed { why, .. }) => return Err(failed(&why)),
            Some(Event::DialFailed { why, .. }) => return Err(failed(&why)),
            Some(_) => {}
            None => return Err(failed(&"the network ended")),
        }
    };
    drop(network.handle.send(Command::Shutdown).await);
    read(&reply)
}

fn read(bytes: &[u8]) -> Result<Got, DemoError> {
    let malformed = || DemoError::Outsider("the reply is not understood".to_owned());
    let page = match wire::decode::<Reply>(bytes).map_err(|_| malformed())? {
        Reply::Bodies(page) => page,
        Reply::Refused(refusal) => return Ok(Got::Refused(refusal)),
        _ => return Err(malformed()),
    };
    let (_, items) = page.read().map_err(|_| malformed())?;
    match items.into_iter().next() {
        Some(BodyItem::Body(..)) => Ok(Got::Body),
        Some(BodyItem::Refused(_, refusal)) => Ok(Got::Refused(refusal)),
        None => Err(malformed()),
    }
}
