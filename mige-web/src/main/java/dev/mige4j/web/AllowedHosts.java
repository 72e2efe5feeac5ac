package dev.mige4j.web;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names in the {@code Host} header by which clients may reach the server (protection against DNS rebinding: a
 * website can make its own name resolve to this computer, and its scripts then count as this server's).
 *
 * <p>These are the names of the loopback interface, the address that the server listens on, those of
 * {@link ServerConfig#allowedHosts}, and, unless it listens on the loopback interface, every IP address, since an
 * address cannot be rebound.
 */
final class AllowedHosts {

    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern IP_ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+]");

    private final Set<String> names = new HashSet<>(LOOPBACK_NAMES);
    private final boolean anyAddress;

    AllowedHosts(ServerConfig config) {
        String host = config.host();
        names.add(nameOf(host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host));
        config.allowedHosts().forEach(name -> names.add(nameOf(name)));
        anyAddress = !config.isLoopback();
    }

    /** @param authority a host name or address, with or without a port, as in the {@code Host} header */
    boolean contains(String authority) {
        String name = nameOf(authority);
        return names.contains(name) || (anyAddress && IP_ADDRESS.matcher(name).matches());
    }

    /** The host in lower case, without the port and the dot of a fully qualified name. */
    private static String nameOf(String authority) {
        return authority.toLowerCase(Locale.ROOT).replaceFirst(":\\d*$", "").replaceFirst("\\.$", "");
    }
}
