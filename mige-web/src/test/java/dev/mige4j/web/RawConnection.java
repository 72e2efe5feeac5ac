package dev.mige4j.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A TCP connection to the server under test, for requests that HTTP clients do not send. */
final class RawConnection implements AutoCloseable {

    private static final Pattern CONTENT_LENGTH = Pattern.compile("Content-Length: (\\d+)");

    private final Socket socket;

    RawConnection(Server server) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(20_000);
    }

    /** The head of a POST request; headers are lines without line ends. */
    static String head(String path, String contentType, long contentLength, String... headers) {
        StringBuilder head = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        head.append("Content-Type: ").append(contentType).append("\r\n");
        head.append("Content-Length: ").append(contentLength).append("\r\n");
        for (String header : headers) head.append(header).append("\r\n");
        return head.append("\r\n").toString();
    }

    RawConnection send(String text) throws IOException {
        return send(text.getBytes(ISO_8859_1));
    }

    RawConnection send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Reads one response with a Content-Length, chunks or no content. */
    String readResponse() throws IOException {
        String head = readHead();
        Matcher length = CONTENT_LENGTH.matcher(head);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        if (length.find()) for (int i = Integer.parseInt(length.group(1)); i > 0; i--) content.write(readByte());
        else if (head.contains("Transfer-Encoding: chunked")) content.writeBytes(readToEndOfChunks());
        return head + content.toString(ISO_8859_1);
    }

    /** Reads a body in chunks. */
    byte[] readToEndOfChunks() throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        while (!content.toString(ISO_8859_1).endsWith("\r\n0\r\n\r\n")) content.write(readByte());
        return content.toByteArray();
    }

    /**
     * Reads a large body in chunks.
     *
     * @return its size, with the heads of the chunks
     */
    long readToEndOfResponse() throws IOException {
        byte[] buffer = new byte[1 << 16];
        String end = "";
        long size = 0;
        while (!end.endsWith("\r\n0\r\n\r\n")) {
            int count = socket.getInputStream().read(buffer);
            if (count < 0) throw new IOException("the server closed the connection");
            size += count;
            end += new String(buffer, 0, count, ISO_8859_1);
            end = end.substring(Math.max(0, end.length() - 7));
        }
        return size;
    }

    /** Reads the status line and the headers of a response. */
    String readHead() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) head.append((char) readByte());
        return head.toString();
    }

    private int readByte() throws IOException {
        int b = socket.getInputStream().read();
        if (b < 0) throw new IOException("the server closed the connection");
        return b;
    }

    /** Waits until the server closes the connection. */
    void awaitEnd() throws IOException {
        while (socket.getInputStream().read() >= 0) {}
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
