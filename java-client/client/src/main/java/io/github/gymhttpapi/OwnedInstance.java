package io.github.gymhttpapi;

import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An instance on the server that goes with its environment: when that is closed or collected, and
 * at the end of the JVM.
 */
final class OwnedInstance implements AutoCloseable {
  private static final Duration UNASKED = Duration.ofSeconds(2);
  private static final Duration INTERRUPTED = Duration.ofSeconds(5);
  private static final Cleaner CLEANER = Cleaner.create();
  private static final Set<Remains> OPEN = ConcurrentHashMap.newKeySet();

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(OwnedInstance::closeAll, "gym-http-client"));
    } catch (IllegalStateException ending) {
      // Environments are still made while the JVM ends: those are for the server to reap.
    }
  }

  private final Remains remains;
  private final Cleaner.Cleanable cleanable;

  /**
   * @param owner the environment
   * @param ownsSession whether the session goes with it, too
   */
  OwnedInstance(Object owner, Session session, String instanceId, boolean ownsSession) {
    remains = new Remains(session, instanceId, ownsSession);
    OPEN.add(remains);
    cleanable = CLEANER.register(owner, remains);
  }

  /** What is left of an environment that is collected. */
  private static final class Remains implements Runnable {
    private final Session session;
    private final String instanceId;
    private final boolean ownsSession;

    Remains(Session session, String instanceId, boolean ownsSession) {
      this.session = session;
      this.instanceId = instanceId;
      this.ownsSession = ownsSession;
    }

    @Override
    public void run() {
      if (!OPEN.remove(this)) {
        return;
      }
      try {
        session.once(
            own -> {
              own.closeInstance(instanceId, UNASKED);
              return null;
            });
      } catch (GymException error) {
        // There is nobody to tell, and the server reaps what idles.
      }
      if (ownsSession) {
        session.close();
      }
    }
  }

  private static void closeAll() {
    long deadline = System.nanoTime() + UNASKED.toNanos();
    for (Remains each : OPEN) {
      if (System.nanoTime() - deadline < 0) {
        each.run();
      }
    }
  }

  /** Closes the instance, once; fails as a call does. */
  @Override
  public void close() {
    try {
      if (OPEN.remove(remains)) {
        boolean interrupted = Thread.currentThread().isInterrupted();
        Duration longest = interrupted ? INTERRUPTED : Duration.ofNanos(Long.MAX_VALUE);
        remains.session.closeInstance(remains.instanceId, longest);
      }
    } finally {
      cleanable.clean();
      if (remains.ownsSession) {
        remains.session.close();
      }
    }
  }
}
