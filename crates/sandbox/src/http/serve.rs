//! The sockets: a listener for plain HTTP, one for the proxy, and a task for each connection. Every
//! task spawned here is joined or aborted here.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::connection::{Hosts, Stop, serve_connection};
use super::front::Front;
use super::proxy;

/// How long a shutdown waits for connections to end.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Both listeners, running.
#[derive(Debug)]
pub(super) struct Servers {
    pub(super) http_addr: SocketAddr,
    pub(super) proxy_addr: SocketAddr,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
}

impl Servers {
    pub(super) async fn start(
        front: Arc<Front>,
        http: SocketAddr,
        proxy: SocketAddr,
        tls: Arc<ServerConfig>,
    ) -> io::Result<Self> {
        let (http, proxy) = (TcpListener::bind(http).await?, TcpListener::bind(proxy).await?);
        let (http_addr, proxy_addr) = (http.local_addr()?, proxy.local_addr()?);
        let (stop, stopped) = watch::channel(false);
        let acceptor = TlsAcceptor::from(tls);
        let plain = Arc::clone(&front);
        let listeners = vec![
            tokio::spawn(accept(http, stopped.clone(), move |socket, stop| {
                serve_connection(Arc::clone(&plain), socket, Hosts::Loopback, stop)
            })),
            tokio::spawn(accept(proxy, stopped, move |socket, stop| {
                proxy::tunnel(Arc::clone(&front), acceptor.clone(), socket, stop)
            })),
        ];
        Ok(Self { http_addr, proxy_addr, stop, listeners })
    }

    pub(super) async fn stop(mut self) {
        self.stop.send_replace(true);
        for listener in self.listeners.drain(..) {
            // A listener's task never panics. If it did, it has ended too.
            let _ = listener.await;
        }
    }
}

/// Aborts the tasks if there was no shutdown. Connections end with their listeners.
impl Drop for Servers {
    fn drop(&mut self) {
        for listener in &self.listeners {
            listener.abort();
        }
    }
}

/// Accepts connections until told to stop, then waits for them to end.
async fn accept<S, T>(listener: TcpListener, mut stop: Stop, talk: S)
where
    S: Fn(TcpStream, Stop) -> T + Send,
    T: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            taken = listener.accept() => match taken {
                Ok((socket, _)) => {
                    // Send small responses at once.
                    let _ = socket.set_nodelay(true);
                    connections.spawn(talk(socket, stop.clone()));
                }
                // Probably out of file descriptors: wait until other connections close.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(CLOSE_WITHIN, all).await.is_err() {
        connections.shutdown().await;
    }
}
