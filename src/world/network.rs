//! Sockets.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// An open connection: over TCP, or a pipe in a test.
pub trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug {
    /// Returns our own end.
    ///
    /// # Errors
    /// If the system does not know it.
    fn local_address(&self) -> io::Result<SocketAddr>;
}

impl Stream for TcpStream {
    fn local_address(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }
}

/// A connection in the making.
pub type Connecting<'a> = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>> + Send + 'a>>;

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
            let stream: Box<dyn Stream> = Box::new(stream);
            Ok(stream)
        })
    }

    fn listen(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    }
}
