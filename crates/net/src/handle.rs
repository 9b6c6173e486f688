//! The caller's ends of the service.

use tokio::sync::mpsc::{self, error::TrySendError};

use crate::{Command, Error, Event, MAX_GOSSIP_BYTES, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, dial};

/// Sends commands to the service; clones share one bounded queue.
#[derive(Debug, Clone)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
}

impl Handle {
    pub(crate) fn new(commands: mpsc::Sender<Command>) -> Self {
        Self { commands }
    }

    /// Sends a command, waiting while the queue is full.
    ///
    /// The service goes on taking commands while events wait for the caller, up to some thousands; a task that
    /// both sends and receives may therefore finish what one event made it send before it reads the next.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Address`] where the command cannot be carried out, [`Error::Ended`] where
    /// nobody is there to do it.
    pub async fn send(&self, command: Command) -> Result<(), Error> {
        check(&command)?;
        self.commands.send(command).await.map_err(|_| Error::Ended)
    }

    /// Sends a command, or fails where the queue is full.
    ///
    /// # Errors
    /// As [`Self::send`], and [`Error::Full`].
    pub fn try_send(&self, command: Command) -> Result<(), Error> {
        check(&command)?;
        self.commands.try_send(command).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::Full,
            TrySendError::Closed(_) => Error::Ended,
        })
    }

    /// Reserves a place in the queue, so that a payload need not be built before it can be taken.
    ///
    /// # Errors
    /// [`Error::Ended`] where the service has ended.
    pub async fn reserve(&self) -> Result<Slot<'_>, Error> {
        let permit = self.commands.reserve().await.map_err(|_| Error::Ended)?;
        Ok(Slot { permit })
    }

    /// Reserves a place in the queue if there is one.
    ///
    /// # Errors
    /// [`Error::Full`], or [`Error::Ended`] where the service has ended.
    pub fn try_reserve(&self) -> Result<Slot<'_>, Error> {
        let permit = self.commands.try_reserve().map_err(|refused| match refused {
            TrySendError::Full(()) => Error::Full,
            TrySendError::Closed(()) => Error::Ended,
        })?;
        Ok(Slot { permit })
    }
}

/// A place in the command queue.
#[derive(Debug)]
pub struct Slot<'a> {
    permit: mpsc::Permit<'a, Command>,
}

impl Slot<'_> {
    /// Sends a command without waiting.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Address`] where the command cannot be carried out.
    pub fn send(self, command: Command) -> Result<(), Error> {
        check(&command)?;
        self.permit.send(command);
        Ok(())
    }
}

/// Receives what happens; while it is not read, the network waits.
#[derive(Debug)]
pub struct Events {
    events: mpsc::Receiver<Event>,
}

impl Events {
    pub(crate) fn new(events: mpsc::Receiver<Event>) -> Self {
        Self { events }
    }

    /// Returns the next event, or `None` once the service has ended, whatever the reason; the task's result says
    /// which. Cancel safe.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Returns the next event if one waits.
    pub fn try_next(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

fn check(command: &Command) -> Result<(), Error> {
    match command {
        Command::Request { bytes, .. } => check_size(bytes, MAX_REQUEST_BYTES),
        Command::Respond { bytes, .. } => check_size(bytes, MAX_RESPONSE_BYTES),
        Command::Publish { bytes, .. } => check_size(bytes, MAX_GOSSIP_BYTES),
        Command::AddStatic(address) => dial::static_peer(address).map(drop),
        Command::Validate { .. }
        | Command::Dial(_)
        | Command::Disconnect { .. }
        | Command::Ban { .. }
        | Command::Shutdown => Ok(()),
    }
}

fn check_size(bytes: &[u8], max: usize) -> Result<(), Error> {
    if bytes.is_empty() || bytes.len() > max {
        return Err(Error::Size { len: bytes.len(), max });
    }
    Ok(())
}
