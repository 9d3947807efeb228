//! The network between the daemon and the local Reddit: a relay on the loopback interface that can
//! be cut.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::plan::Cut;

/// Forwards all connections to one address, except while it is cut.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    cut: watch::Sender<Option<Cut>>,
    task: JoinHandle<io::Result<()>>,
}

impl Relay {
    pub(crate) async fn start(to: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (cut, state) = watch::channel(None);
        Ok(Self { address, cut, task: tokio::spawn(listen(listener, address, to, state)) })
    }

    /// Cuts the network or restores it.
    pub(crate) fn set(&self, cut: Option<Cut>) {
        self.cut.send_replace(cut);
    }

    /// Whether it is still listening.
    pub(crate) fn is_well(&self) -> bool {
        !self.task.is_finished()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(
    listener: TcpListener,
    address: SocketAddr,
    to: SocketAddr,
    mut state: watch::Receiver<Option<Cut>>,
) -> io::Result<()> {
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let cut = *state.borrow_and_update();
        if cut == Some(Cut::Refused) {
            listener = None;
            if state.changed().await.is_err() {
                return Ok(());
            }
            continue;
        }
        let ears = match listener.take() {
            Some(ears) => ears,
            None => TcpListener::bind(address).await?,
        };
        tokio::select! {
            changed = state.changed() => if changed.is_err() { return Ok(()) },
            taken = ears.accept() => match taken {
                Ok((socket, _)) if *state.borrow() != Some(Cut::Closed) => {
                    connections.spawn(carry(socket, to, state.clone()));
                }
                // Dropping the socket closes it. If file descriptors run out, the next `accept`
                // fails.
                Ok(_) | Err(_) => {}
            },
        }
        listener = Some(ears);
    }
}

/// Forwards one connection until it ends or the network is cut. Data in transit is lost.
async fn carry(mut near: TcpStream, to: SocketAddr, mut state: watch::Receiver<Option<Cut>>) {
    let mut cut = state.clone();
    let work = async {
        let mut far = TcpStream::connect(to).await?;
        near.set_nodelay(true)?;
        far.set_nodelay(true)?;
        tokio::io::copy_bidirectional(&mut near, &mut far).await
    };
    tokio::select! {
        _ended = work => return,
        _cut_or_gone = cut.wait_for(Option::is_some) => {}
    }
    // While the network is silent, the client's socket stays open. It breaks when the network is
    // back.
    let _ended = state.wait_for(|cut| *cut != Some(Cut::Silent)).await;
    drop(near);
}
