import java.util.concurrent.TimeoutException;

/** Waiting for a state by asking for it again and again; TimeoutException, which says what for, after a while. */
final class BedWait {
  /** Is it so by now? */
  interface State { boolean reached() throws Exception; }

  private BedWait() { }

  static void until(String what, long seconds, State state) throws Exception {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    while (!state.reached()) {
      if (System.nanoTime() > end) throw new TimeoutException(what + ": not so after " + seconds + " s");
      Thread.sleep(100);
    }
  }
}
