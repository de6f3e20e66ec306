#include <cmath>

namespace shapes {

// A round thing.
template <typename T>
class Circle {
public:
  explicit Circle(T radius) : radius_(radius) {}
  T area() const { return radius_ * radius_ * static_cast<T>(3.14159265); }

private:
  T radius_;
};

double distance(double x, double y) {
  return std::sqrt(x * x + y * y);
}

}  // namespace shapes

int main(int argc, char **argv) {
  return shapes::distance(3, 4) == 5 ? 0 : 1;
}
