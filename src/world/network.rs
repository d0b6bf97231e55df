//! Sockets.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;

use tokio::net::TcpStream;

/// A connection in the making.
type Connecting<'a> = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send + 'a>>;

/// Opens connections, and takes them.
pub trait Network: Send + Sync + Debug {
    /// Connects to a host by name or address. The stream sends small writes at once.
    fn connect<'a>(&'a self, host: &'a str, port: u16) -> Connecting<'a>;

    /// Listens at `address`, without blocking; port 0 takes a free one.
    ///
    /// # Errors
    /// If the port is taken, or may not be had.
    fn listen(&self, address: SocketAddr) -> io::Result<TcpListener>;
}

/// The system's network.
#[derive(Clone, Copy, Debug)]
pub struct SystemNetwork;

impl Network for SystemNetwork {
    fn connect<'a>(&'a self, host: &'a str, port: u16) -> Connecting<'a> {
        Box::pin(async move {
            let stream = TcpStream::connect((host, port)).await?;
            // The end of a message is a small write behind a large one: with Nagle's algorithm and
            // the relay's delayed acknowledgement it waits 38 ms.
            stream.set_nodelay(true)?;
            Ok(stream)
        })
    }

    fn listen(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    }
}
