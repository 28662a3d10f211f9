package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** The client on the module path. */
@Isolated
class ModuleTest {
  private static final String NAME = "io.github.gymhttpapi";

  private static Path home(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  @Test
  void itIsAModuleThatNeedsJacksonAloneAndHidesItsInside() throws Exception {
    ModuleFinder finder =
        ModuleFinder.of(home(GymClient.class), home(com.fasterxml.jackson.core.JsonFactory.class));
    ModuleLayer boot = ModuleLayer.boot();
    Configuration configuration =
        boot.configuration().resolve(finder, ModuleFinder.of(), Set.of(NAME));
    ModuleLayer layer = boot.defineModulesWithOneLoader(configuration, null);
    Module module = layer.findModule(NAME).orElseThrow();
    assertEquals(
        Set.of(NAME, NAME + ".space"),
        module.getPackages().stream().filter(module::isExported).collect(Collectors.toSet()));
    Class<?> client = layer.findLoader(NAME).loadClass(GymClient.class.getName());
    assertNotSame(GymClient.class, client);
    AutoCloseable made =
        (AutoCloseable) client.getMethod("of", String.class).invoke(null, "http://h:1");
    made.close();
    assertTrue(
        module.getDescriptor().requires().stream().noneMatch(r -> r.name().startsWith("jdk.")));
  }
}
