package bank;

import java.util.Objects;

/** Holds money. */
public class Account {
    private long cents;

    public Account(long cents) {
        this.cents = cents;
    }

    /** Takes money out. */
    public void withdraw(long amount) {
        if (amount > cents) {
            throw new IllegalArgumentException("not enough money: " + cents);
        }
        cents -= amount;
    }

    @Override
    public int hashCode() {
        return Objects.hash(cents);
    }
}
