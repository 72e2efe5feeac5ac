package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class UserFoldersTest {

    @TempDir
    Path folder;

    private Path passwdHome, home, temporary;

    @BeforeEach
    void createFolders() throws IOException {
        passwdHome = Files.createDirectory(folder.resolve("passwd"));
        home = Files.createDirectory(folder.resolve("home"));
        temporary = Files.createDirectory(folder.resolve("tmp"));
    }

    private UserFolders folders(String userHome, Map<String, String> environment) {
        return new UserFolders(environment, userHome, temporary);
    }

    @Test
    void theCacheIsInTheHomeFolder() {
        UserFolders folders = folders(passwdHome.toString(), Map.of("HOME", home.toString()));
        assertEquals(passwdHome.resolve(".cache"), folders.cache());
        assertEquals(passwdHome, folders.home());
    }

    @Test
    void xdgCacheHomeComesFirstAndNeedNotExist() {
        Path xdg = folder.resolve("a/b");
        assertEquals(
                xdg,
                folders(passwdHome.toString(), Map.of("XDG_CACHE_HOME", xdg.toString()))
                        .cache());
    }

    @Test
    void aRelativeOrUnwritableXdgCacheHomeIsIgnored() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        for (String unusable : new String[] {"", "cache", file.toString()})
            assertEquals(
                    passwdHome.resolve(".cache"),
                    folders(passwdHome.toString(), Map.of("XDG_CACHE_HOME", unusable))
                            .cache());
    }

    @Test
    void withoutAnEntryInPasswdTheVariableHomeCounts() {
        UserFolders folders = folders("?", Map.of("HOME", home.toString()));
        assertEquals(home.resolve(".cache"), folders.cache());
        assertEquals(home, folders.home());
    }

    @Test
    void withoutAnyHomeTheCacheIsAPrivateFolderInTheTemporaryOne() throws IOException {
        UserFolders folders = folders("?", Map.of("HOME", "/nonexistent"));
        Path cache = folders.cache();
        assertEquals(temporary, cache.getParent());
        assertTrue(cache.getFileName().toString().startsWith("mige-cache-"), cache.toString());
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)));
        assertEquals(cache, folders.cache());
        assertEquals(cache, folders.home());
        try (var files = Files.list(temporary)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void aTemporaryCacheThatOthersCanWriteIsRefused() throws IOException {
        UserFolders folders = folders("?", Map.of());
        Path cache = folders.cache();
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertTrue(
                assertThrows(UsageException.class, folders::cache).getMessage().startsWith(cache + " is not a folder"));
        Files.delete(cache);
        Files.createSymbolicLink(cache, home);
        assertThrows(UsageException.class, folders::cache);
    }

    @Test
    void whenNothingCanBeWrittenTheErrorSaysSo() throws IOException {
        Files.delete(temporary);
        UsageException e = assertThrows(UsageException.class, () -> folders("?", Map.of("HOME", "/nonexistent"))
                .cache());
        assertEquals(
                "There is no folder for cached files: neither the home folder (?, /nonexistent) nor " + temporary
                        + " can be written; set the environment variable XDG_CACHE_HOME to a folder that can.",
                e.getMessage());
    }
}
